"""RFC 6962, section 2.1, once more and word by word: recursive and slow, it shares nothing with what it checks."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def mth(leaves: Sequence[bytes]) -> bytes:
    """MTH of the entries."""
    n = len(leaves)
    if n == 0:
        return sha256().digest()
    if n == 1:
        return sha256(bytes([0x00]) + leaves[0]).digest()
    k = split(n)
    return sha256(bytes([0x01]) + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of the entry m."""
    n = len(leaves)
    if n == 1:
        return []
    k = split(n)
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF that the tree of all these entries begins with that of the first m."""
    return subproof(m, leaves, whole=True)


def subproof(m: int, leaves: Sequence[bytes], *, whole: bool) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = split(n)
    if m <= k:
        return [*subproof(m, leaves[:k], whole=whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], whole=False), mth(leaves[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def includes(m: int, n: int, leaf: bytes, hashes: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf's hash to the root, taken down from the root's side."""

    def above(m: int, n: int, rest: Sequence[bytes]) -> bytes:
        if n == 1:
            if rest:
                raise ValueError("too long")
            return leaf
        if not rest:
            raise ValueError("too short")
        k = split(n)
        if m < k:
            return sha256(b"\x01" + above(m, k, rest[:-1]) + rest[-1]).digest()
        return sha256(b"\x01" + rest[-1] + above(m - k, n - k, rest[:-1])).digest()

    try:
        return above(m, n, hashes) == root
    except ValueError:
        return False


def continues(m: int, old: bytes, n: int, new: bytes, hashes: Sequence[bytes]) -> bool:
    """Whether the proof leads to both roots (RFC 9162, section 2.1.4.2, as a recursion)."""

    def both(m: int, n: int, rest: Sequence[bytes], *, whole: bool) -> tuple[bytes, bytes]:
        if m == n:
            if whole:
                return old, old
            (one,) = rest
            return one, one
        k = split(n)
        if m <= k:
            before, after = both(m, k, rest[:-1], whole=whole)
            return before, sha256(b"\x01" + after + rest[-1]).digest()
        before, after = both(m - k, n - k, rest[:-1], whole=False)
        left = rest[-1]
        return sha256(b"\x01" + left + before).digest(), sha256(b"\x01" + left + after).digest()

    try:
        return both(m, n, hashes, whole=True) == (old, new)
    except (ValueError, IndexError):
        return False
