"""Proofs that an entry is in the tree, and that one tree begins with another (RFC 6962, 2.1.1 and 2.1.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.audit.sequencer import frontier_of
from xmpp_bridge.audit.tables import entries, tiles
from xmpp_bridge.audit.tree import (
    TILE_HEIGHT,
    Node,
    Range,
    consistency,
    folded,
    inclusion,
    joined,
    parts_of,
)
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import NotFoundError


class Proofs:
    """Reads at most 256 hashes for each eight levels of the tree."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def size(self) -> int:
        async with reading(self._engine) as connection:
            return (await frontier_of(connection)).size

    async def inclusion(self, index: int, size: int) -> list[bytes]:
        """That the entry `index` is in the tree of this size. Raises NotFoundError if that tree never was."""
        async with reading(self._engine) as connection:
            await _demand(connection, size)
            if not 0 <= index < size:
                raise NotFoundError("no such entry in a tree of this size")
            return await _hashes(connection, inclusion(index, size))

    async def consistency(self, old: int, size: int) -> list[bytes]:
        """That the tree of `size` begins with the tree of `old`."""
        async with reading(self._engine) as connection:
            await _demand(connection, size)
            if not 0 < old <= size:
                raise NotFoundError("no tree of this size is the beginning of that one")
            return await _hashes(connection, consistency(old, size))


async def _demand(connection: AsyncConnection, size: int) -> None:
    if size > (await frontier_of(connection)).size:
        raise NotFoundError("the tree has never been of this size")


async def _hashes(connection: AsyncConnection, ranges: Sequence[Range]) -> list[bytes]:
    """One question for each level of tiles: there are three of them in a record of ten million entries."""
    parts = [parts_of(range_) for range_ in ranges]
    wanted: dict[int, list[range]] = {}
    for node in chain.from_iterable(parts):
        level, tiles_ = _tiles_below(node)
        wanted.setdefault(level, []).append(tiles_)
    found = {level: await _tiles(connection, level, some) for level, some in wanted.items()}
    return [joined([_hash(node, found) for node in nodes]) for nodes in parts]


def _tiles_below(node: Node) -> tuple[int, range]:
    """A level, and which hashes of it are folded into that of the node."""
    level, below = divmod(node.height, TILE_HEIGHT)
    return level, range(node.number << below, (node.number + 1) << below)


async def _tiles(
    connection: AsyncConnection, level: int, wanted: Sequence[range]
) -> dict[int, bytes]:
    number, hash_ = (
        (tiles.c.number, tiles.c.hash) if level else (entries.c.position, entries.c.leaf)
    )
    within = or_(*(number.between(each.start, each.stop - 1) for each in wanted))
    query = select(number, hash_).where(within, *([tiles.c.level == level] if level else ()))
    return {row[0]: bytes(row[1]) for row in await connection.execute(query)}


def _hash(node: Node, found: Mapping[int, Mapping[int, bytes]]) -> bytes:
    level, below = _tiles_below(node)
    try:
        return folded([found[level][each] for each in below])
    except KeyError:
        raise NotFoundError("the record is damaged: a part of its tree is missing") from None
