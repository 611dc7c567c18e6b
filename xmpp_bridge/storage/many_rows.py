"""Statements for many rows, compiled once for each kind of database.

SQLAlchemy builds the parameters of each row by name, which takes longer than the database takes to keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Executable
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection


class _Compiled(NamedTuple):
    sql: str
    order: Sequence[int]
    writers: Sequence[tuple[int, Callable[[Any], Any]]]


class ManyRows:
    """A statement whose every parameter comes from each row; a row has them in the order of `names`."""

    def __init__(self, statement: Executable, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = list(names)
        self._compiled: dict[str, _Compiled] = {}

    async def execute(self, connection: AsyncConnection, rows: Iterable[Sequence[Any]]) -> None:
        """Run it for each of the rows, of which there is at least one."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = self._compile(dialect)
        # By columns, which is faster than by rows.
        given = list(zip(*rows, strict=True))
        columns: list[Iterable[Any]] = [given[at] for at in compiled.order]
        for at, writer in compiled.writers:
            columns[at] = map(writer, columns[at])
        await connection.exec_driver_sql(compiled.sql, list(zip(*columns, strict=True)))

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._names)  # type: ignore[attr-defined]
        order = [self._names.index(name) for name in compiled.positiontup]
        writers = [
            (at, writer)
            for at, name in enumerate(compiled.positiontup)
            if (writer := compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        ]
        return _Compiled(compiled.string, order, writers)
