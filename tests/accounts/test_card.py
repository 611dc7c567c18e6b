"""Names and pictures that other clients show."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
import zlib

import pytest

from xmpp_bridge.accounts.card import (
    VCARD,
    Card,
    avatar_to_xml,
    metadata_to_xml,
    read_vcard,
    vcard_to_xml,
)
from xmpp_bridge.accounts.picture import SIZE, picture_of

OURS = picture_of("juliet@montague.lit")
WANTED = Card("Juliet", OURS)


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(kind + data)
        found[kind] = data
        at += 12 + length
    return found


@pytest.mark.parametrize("name", ["juliet@montague.lit", "", "ジュリエット@montague.lit"])
def test_a_picture_is_a_small_png_alike_on_both_sides(name: str) -> None:
    png = picture_of(name)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(png) < 400
    found = chunks(png)
    assert struct.unpack(">II", found[b"IHDR"][:8]) == (SIZE, SIZE)
    raw = zlib.decompress(found[b"IDAT"])
    width = SIZE // 8 + 1
    lines = [raw[at + 1 : at + width] for at in range(0, len(raw), width)]
    assert len(lines) == SIZE
    for line in lines:
        bits = "".join(f"{byte:08b}" for byte in line)
        assert bits == bits[::-1]


def test_pictures_are_the_same_everywhere_and_people_have_different_ones() -> None:
    assert picture_of("juliet") == picture_of("juliet") != picture_of("romeo")


def test_what_else_is_on_a_card_stays() -> None:
    kept = ET.fromstring(
        f"<vCard xmlns='{VCARD}'><FN>Jule</FN><TEL><NUMBER>1</NUMBER></TEL>"
        "<PHOTO><TYPE>image/jpeg</TYPE><BINVAL>AAAA</BINVAL></PHOTO></vCard>"
    )
    vcard = vcard_to_xml(WANTED, kept)
    assert read_vcard(vcard) == WANTED
    assert [child.tag.partition("}")[2] for child in vcard] == ["FN", "TEL", "PHOTO"]


def test_nonsense_is_no_picture() -> None:
    kept = ET.fromstring(
        f"<vCard xmlns='{VCARD}'><FN>Jule</FN><PHOTO><BINVAL>no base64!</BINVAL></PHOTO></vCard>"
    )
    assert read_vcard(kept) == Card("Jule")
    assert read_vcard(None) == Card()


def test_an_avatar_says_how_large_it_is_and_what_it_is_called() -> None:
    info = metadata_to_xml(WANTED)[0]
    assert (info.get("id"), info.get("bytes")) == (WANTED.hash, str(len(OURS)))
    assert avatar_to_xml(WANTED).text
