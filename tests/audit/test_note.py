from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from xmpp_bridge.audit.canonical import canonical
from xmpp_bridge.audit.event import moment
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.verify import Finding, Q, is_signed, read_checkpoints, read_key
from xmpp_bridge.audit.verify import canonical as verifiers_canonical

ORIGIN = "montague.lit/record"
ROOT = bytes(range(32))


def test_what_cryptography_signs_the_verifier_believes_and_nothing_else() -> None:
    for number in range(8):
        key, message = Ed25519PrivateKey.generate(), b"wherefore" * number
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        signature = key.sign(message)

        assert is_signed(public, message, signature)
        assert not is_signed(public, message + b"!", signature)
        for at in (0, 31, 32, 63):
            forged = bytearray(signature)
            forged[at] ^= 1
            assert not is_signed(public, message, bytes(forged))


def test_a_signature_is_not_believed_in_two_ways() -> None:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(b"")
    s = int.from_bytes(signature[32:], "little") + Q

    assert not is_signed(public, b"", signature[:32] + s.to_bytes(32, "little"))
    assert not is_signed(public, b"", signature[:63])
    assert not is_signed(b"\xff" * 32, b"", signature)


def test_the_verifier_knows_the_vector_of_rfc_8032() -> None:
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert is_signed(bytes.fromhex(public), b"\x72", bytes.fromhex(signature))


def test_the_verifier_reads_the_key_of_the_specification() -> None:
    # C2SP signed-note, "Verifier keys".
    text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    key = read_key(text)

    assert key.name == "PeterNeumann"
    with pytest.raises(ValueError, match="does not belong"):
        read_key(text.replace("c74f20a3", "c74f20a4"))


def test_a_checkpoint_is_a_signed_note() -> None:
    signer = Signer(ORIGIN, Ed25519PrivateKey.generate())
    checkpoint = signer.sign(7, ROOT)
    lines = checkpoint.note.split("\n")

    assert lines[:4] == [ORIGIN, "7", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith(f"— {ORIGIN} ")
    assert lines[5:] == [""]


def test_checkpoints_are_read_from_one_file_and_believed_by_their_key_alone() -> None:
    signer, other = (Signer(ORIGIN, Ed25519PrivateKey.generate()) for _ in range(2))
    kept = "\n".join(signer.sign(size, ROOT).note for size in (9, 3))
    first, second = read_checkpoints(kept)
    (strange,) = read_checkpoints(other.sign(3, ROOT).note)

    assert (first.size, second.size, first.root) == (3, 9, ROOT)
    first.demand_signed(read_key(signer.verifier))
    with pytest.raises(Finding, match="not signed by"):
        strange.demand_signed(read_key(signer.verifier))
    (forged,) = read_checkpoints(signer.sign(3, ROOT).note.replace("\n3\n", "\n4\n"))
    with pytest.raises(Finding, match="forged"):
        forged.demand_signed(read_key(signer.verifier))


def test_one_value_has_one_text() -> None:
    value = {"b": ['\u20ac\x0f\n"\\/', True, None], "a": 2**53 - 1, "": {}}
    text = '{"":{},"a":9007199254740991,"b":["€\\u000f\\n\\"\\\\/",true,null]}'

    assert canonical(value) == verifiers_canonical(value) == text.encode()


@pytest.mark.parametrize("value", [1.5, 2**53, {"é": 1}, {1: 2}, {"a": b""}])
def test_what_could_be_written_in_two_ways_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"number|name|record"):
        canonical(value)


def test_a_moment_has_one_text() -> None:
    noon = datetime(1997, 7, 16, 12, tzinfo=UTC)

    assert moment(noon) == "1997-07-16T12:00:00.000000Z"
    assert moment(noon.astimezone(timezone(timedelta(hours=2)))) == moment(noon)
