"""lib0's bytes: what pycrdt writes is read, what nobody writes is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Encoder

from xmpp_bridge.lib0 import MAX_DEPTH, MAX_SAFE_INTEGER, Reader, write_blob, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError


@settings(deadline=None)
@given(st.integers(0, MAX_SAFE_INTEGER))
def test_a_number_is_written_as_pycrdt_writes_it_and_read_back(number: int) -> None:
    encoder = Encoder()
    encoder.write_var_uint(number)

    assert write_uint(number) == encoder.to_bytes()
    assert Reader(write_uint(number)).uint() == number


@pytest.mark.parametrize(
    "data", [write_uint(MAX_SAFE_INTEGER + 1), b"\xff" * 9, b"\x80" * 8 + b"\0"]
)
def test_a_number_of_more_than_53_bits_is_refused(data: bytes) -> None:
    with pytest.raises(BadPayloadError, match="53 bits"):
        Reader(data).uint()


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xff"])
def test_a_number_that_ends_in_the_middle_is_refused(data: bytes) -> None:
    with pytest.raises(BadPayloadError, match="middle"):
        Reader(data).uint()


@settings(deadline=None)
@given(st.text())
def test_a_string_is_as_long_as_javascript_says(text: str) -> None:
    assert Reader(write_blob(text.encode())).utf16_length() == len(text.encode("utf-16-le")) // 2


def test_a_string_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadPayloadError, match="UTF-8"):
        Reader(write_blob(b"\xff")).string()


def test_a_string_longer_than_the_data_is_refused() -> None:
    with pytest.raises(BadPayloadError):
        Reader(write_uint(MAX_SAFE_INTEGER) + b"short").blob()


def nested(depth: int) -> bytes:
    return b"\x75\x01" * depth + b"\x7e"


def test_values_may_be_nested_but_not_without_end() -> None:
    Reader(nested(MAX_DEPTH)).skip_any()

    with pytest.raises(BadPayloadError, match="deep"):
        Reader(nested(MAX_DEPTH + 1)).skip_any()


@settings(deadline=None)
@given(st.binary(max_size=64))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    reader = Reader(data)
    try:
        reader.skip_any()
        reader.end()
    except BadPayloadError:
        return
    assert reader.position == len(data)
