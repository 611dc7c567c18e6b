"""Numbers, strings and values as lib0 writes them: what Yjs and its awareness are encoded with."""

from __future__ import annotations

from typing import Final

from xmpp_bridge.xmpp.errors import BadPayloadError

MAX_SAFE_INTEGER: Final = 2**53 - 1
"""What a browser can count to; lib0 refuses more, and so do we."""

MAX_DEPTH: Final = 128
"""How deep a value may be nested: yrs and JavaScript decode by recursion, and a stack is finite."""

_MORE: Final = 0x80

# The kinds of lib0's `any`: undefined, null, false and true hold nothing; floats and big integers have a fixed size.
_FIXED_SIZES: Final = {127: 0, 126: 0, 121: 0, 120: 0, 124: 4, 123: 8, 122: 8}
_INTEGER: Final = 125
_STRING: Final = 119
_OBJECT: Final = 118
_ARRAY: Final = 117
_BYTES: Final = 116

_SIGNED_MORE_AT_MOST: Final = 10
_LATER_GROUPS: Final = (7, 14, 21, 28, 35, 42, 49)
_TOO_LARGE: Final = "a number has more than 53 bits"
_TRUNCATED: Final = "the data ends in the middle of a value"


class Reader:
    """Walks through untrusted bytes once; whatever is not there or not allowed is a `BadPayloadError`."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return self._at

    def byte(self) -> int:
        at = self._at
        if at >= self._end:
            raise BadPayloadError(_TRUNCATED)
        self._at = at + 1
        return self._data[at]

    def uint(self) -> int:
        """Return a `varUint` of at most 53 bits."""
        at = self._at
        if at >= self._end:
            raise BadPayloadError(_TRUNCATED)
        self._at = at + 1
        byte = self._data[at]
        return byte if byte < _MORE else self._long_uint(byte & 0x7F)

    def _long_uint(self, value: int) -> int:
        data, at = self._data, self._at
        try:
            for shift in _LATER_GROUPS:
                byte = data[at]
                at += 1
                value |= (byte & 0x7F) << shift
                if byte < _MORE:
                    break
            else:
                raise BadPayloadError(_TOO_LARGE)
        except IndexError:
            raise BadPayloadError(_TRUNCATED) from None
        if value > MAX_SAFE_INTEGER:
            raise BadPayloadError(_TOO_LARGE)
        self._at = at
        return value

    def blob(self) -> bytes:
        """Return bytes that are preceded by their number."""
        length = self.uint()
        at = self._at
        stop = at + length
        if stop > self._end:
            raise BadPayloadError(_TRUNCATED)
        self._at = stop
        return self._data[at:stop]

    def string(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError:
            raise BadPayloadError("a string is not UTF-8") from None

    def utf16_length(self) -> int:
        """Skip a string and return how many UTF-16 units it has, which is how Yjs counts."""
        text = self.string()
        if text.isascii():
            return len(text)
        return len(text.encode("utf-16-le")) // 2

    def skip(self, length: int) -> None:
        if length > self._end - self._at:
            raise BadPayloadError(_TRUNCATED)
        self._at += length

    def skip_any(self, depth: int = 0) -> None:
        """Skip one value of lib0's `any` encoding."""
        if depth > MAX_DEPTH:
            raise BadPayloadError("a value is nested too deep")
        kind = self.byte()
        size = _FIXED_SIZES.get(kind)
        if size is not None:
            self.skip(size)
        elif kind == _STRING:
            self.string()
        elif kind == _OBJECT:
            for _ in range(self.uint()):
                self.string()
                self.skip_any(depth + 1)
        elif kind == _ARRAY:
            for _ in range(self.uint()):
                self.skip_any(depth + 1)
        elif kind == _BYTES:
            self.skip(self.uint())
        elif kind == _INTEGER:
            self._skip_signed()
        else:
            raise BadPayloadError(f"there is no value of kind {kind}")

    def sorted_any(self, depth: int = 0) -> bytes:
        """Read one value of lib0's `any`, and write it with the keys of every object in their order."""
        start = self._at
        self.skip_any(depth)
        kind, end = self._data[start], self._at
        if kind not in (_OBJECT, _ARRAY):
            return self._data[start:end]
        self._at = start + 1
        count = self.uint()
        if kind == _ARRAY:
            parts = [self.sorted_any(depth + 1) for _ in range(count)]
        else:
            parts = sorted(
                write_blob(self.blob()) + self.sorted_any(depth + 1) for _ in range(count)
            )
        return bytes([kind]) + write_uint(count) + b"".join(parts)

    def _skip_signed(self) -> None:
        for _ in range(_SIGNED_MORE_AT_MOST):
            if self.byte() < _MORE:
                return
        raise BadPayloadError("a signed number is too long")

    def end(self) -> None:
        """Refuse anything that is left over."""
        if self._at != self._end:
            raise BadPayloadError("there is data behind the end")


def write_uint(value: int) -> bytes:
    if value < _MORE:
        return value.to_bytes()
    groups = bytearray()
    while value >= _MORE:
        groups.append(_MORE | (value & 0x7F))
        value >>= 7
    groups.append(value)
    return bytes(groups)


def write_blob(data: bytes) -> bytes:
    return write_uint(len(data)) + data
