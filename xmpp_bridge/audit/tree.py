"""The Merkle tree of RFC 6962, section 2.1: how it grows, and which of its nodes prove something; without I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
TILE_HEIGHT: Final = 8
"""Of every so many heights the hashes of complete subtrees are kept: these are tiles."""
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree of 2^`height` leaves, the `number`th of its height."""

    height: int
    number: int


class Range(NamedTuple):
    """The leaves from `start` until `end`, as a tree of their own."""

    start: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


@dataclass(frozen=True)
class Grown:
    """A subtree that has become complete, and its hash."""

    node: Node
    hash: bytes


class Frontier:
    """The complete subtrees of a tree of `size` leaves, the largest first: all that growing and the root take."""

    def __init__(self, size: int = 0, hashes: bytes = b"") -> None:
        if len(hashes) != size.bit_count() * HASH_BYTES:
            raise ValueError("a frontier has one hash for each bit of its size")
        self.size = size
        self._hashes = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]

    @property
    def hashes(self) -> bytes:
        """What makes the same frontier again, with its size."""
        return b"".join(self._hashes)

    def append(self, leaf: bytes) -> list[Grown]:
        """Take in the hash of one more leaf, and say which tiles that has completed, the smallest first."""
        height, number = 0, self.size
        hash_ = leaf
        grown: list[Grown] = []
        while number % 2:
            hash_ = node_hash(self._hashes.pop(), hash_)
            height, number = height + 1, number // 2
            if height % TILE_HEIGHT == 0:
                grown.append(Grown(Node(height, number), hash_))
        self._hashes.append(hash_)
        self.size += 1
        return grown

    def root(self) -> bytes:
        return joined(self._hashes) if self._hashes else EMPTY_ROOT


def joined(hashes: Sequence[bytes]) -> bytes:
    """The root above complete subtrees that stand side by side, each smaller than the one before."""
    hash_ = hashes[-1]
    for left in reversed(hashes[:-1]):
        hash_ = node_hash(left, hash_)
    return hash_


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root above 2^n nodes of one height."""
    while len(hashes) > 1:
        hashes = [
            node_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def inclusion(index: int, size: int) -> list[Range]:
    """What proves that a leaf is in a tree of `size`: PATH of RFC 6962, section 2.1.1."""
    if not 0 <= index < size:
        raise ValueError("a leaf is in the tree or it is not")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, size: int) -> list[Range]:
    """What proves that a tree of `size` begins with that of `old`: PROOF of RFC 6962, section 2.1.2."""
    if not 0 < old <= size:
        raise ValueError("only a tree that is not empty is the beginning of another")
    path: list[Range] = []
    start, end = 0, size
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    if start:
        path.append(Range(start, end))
    return path[::-1]


def parts_of(range_: Range) -> list[Node]:
    """The complete subtrees whose hashes, joined, are the root of this range of a proof."""
    start, left = range_.start, range_.end - range_.start
    nodes = []
    while left:
        height = left.bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
        left -= 1 << height
    return nodes


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root above these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
