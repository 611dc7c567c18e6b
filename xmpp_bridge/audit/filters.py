"""What an auditor looks for, and what they may look at; without I/O but for the SQL it is made into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, column, false, func, literal_column, or_, select, table
from sqlalchemy.engine import Dialect

from xmpp_bridge.audit.event import Kind, moment
from xmpp_bridge.audit.tables import FREQUENT, RARE, entries, words
from xmpp_bridge.xmpp.errors import BadPayloadError

_INDEX = table("record_index", column("rowid"), column("record_index"))


@dataclass(frozen=True)
class Filters:
    """All of these together; none is everything."""

    kind: Kind | None = None
    action: str | None = None
    room: str | None = None
    document: str | None = None
    account: int | None = None
    """Who did it, or whom it is about."""
    words: str | None = None
    cell: str | None = None
    after: datetime | None = None
    before: datetime | None = None

    @property
    def by_words(self) -> bool:
        return self.words is not None or self.cell is not None

    @property
    def of_some_time(self) -> bool:
        return self.after is not None or self.before is not None

    def told(self) -> dict[str, Any]:
        """For the entry about whoever looks."""
        given = {name: each for name, each in asdict(self).items() if each is not None}
        return {
            name: moment(each) if isinstance(each, datetime) else each
            for name, each in given.items()
        }


@dataclass(frozen=True)
class Limits:
    """What somebody may see of the record: everything, or what is of these rooms."""

    rooms: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        return self.rooms is None

    def allow(self, room: str | None) -> bool:
        """Whether an entry of this room may be seen; what is of no room is for those who may see all."""
        return self.rooms is None or room in self.rooms


EVERYTHING = Limits()


def conditions(filters: Filters, limits: Limits, dialect: Dialect) -> list[ColumnElement[bool]]:
    """The entries that are looked for, among those that may be seen."""
    wanted: list[ColumnElement[bool]] = []
    if limits.rooms is not None:
        wanted.append(entries.c.room_id.in_(sorted(limits.rooms)) if limits.rooms else false())
    if filters.kind is not None:
        wanted.append(entries.c.kind == filters.kind)
        if filters.kind not in FREQUENT:
            wanted.append(RARE)
    if filters.action is not None:
        wanted.append(entries.c.action == filters.action)
    if filters.room is not None:
        wanted.append(entries.c.room_id == filters.room)
    if filters.document is not None:
        wanted.append(entries.c.document_id == filters.document)
    if filters.account is not None:
        wanted.append(
            or_(entries.c.account_id == filters.account, entries.c.about_id == filters.account)
        )
    if filters.after is not None:
        wanted.append(entries.c.at >= filters.after)
    if filters.before is not None:
        wanted.append(entries.c.at < filters.before)
    # The name of a cell is one phrase, whatever is in it.
    cell = None if filters.cell is None else _phrase(filters.cell)
    found_by = [each for each in (filters.words, cell) if each is not None]
    return [*wanted, _has_words(" ".join(found_by), dialect)] if found_by else wanted


def place(filters: Filters, dialect: Dialect) -> ColumnElement[Any]:
    """The entry's number, by which nothing has to be sorted: an index of words is in its order by itself."""
    return _INDEX.c.rowid if filters.by_words and dialect.name == "sqlite" else entries.c.position


def read_filters(given: Mapping[str, str]) -> Filters:
    """Parse what came from outside."""
    unknown = set(given) - set(Filters.__dataclass_fields__)
    if unknown:
        raise BadPayloadError(f"nothing is found by {min(unknown)!r}")
    account = given.get("account")
    if account is not None and not (account.isascii() and account.isdecimal()):
        raise BadPayloadError("an account is a number")
    try:
        return Filters(
            kind=Kind(given["kind"]) if "kind" in given else None,
            action=given.get("action"),
            room=given.get("room"),
            document=given.get("document"),
            account=None if account is None else int(account),
            words=given.get("words"),
            cell=given.get("cell"),
            after=_moment(given.get("after")),
            before=_moment(given.get("before")),
        )
    except ValueError as error:
        raise BadPayloadError(f"this filter cannot be read: {error}") from error


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    read = datetime.fromisoformat(given)
    if read.tzinfo is None:
        raise ValueError("a moment has a time zone")
    return read


def _has_words(query: str, dialect: Dialect) -> ColumnElement[bool]:
    """Each of the words, in any order; what is in quotes as it stands there."""
    if dialect.name == "postgresql":
        lexemes = func.to_tsvector(literal_column("'simple'"), words.c.words)
        asked = func.websearch_to_tsquery(literal_column("'simple'"), query)
        return entries.c.position.in_(select(words.c.position).where(lexemes.op("@@")(asked)))
    matches = _INDEX.c.record_index.op("MATCH")(_fts5(query))
    return and_(_INDEX.c.rowid == entries.c.position, matches)


def _phrase(name: str) -> str:
    return '"' + name.replace('"', " ") + '"'


def _fts5(query: str) -> str:
    """Every word and phrase in quotes, so that none is an operator of SQLite's (sqlite.org/fts5.html, 3.1)."""
    pieces = query.split('"')
    terms = [
        term
        for at, piece in enumerate(pieces)
        for term in ([piece] if at % 2 else piece.split())
        if term.strip()
    ]
    return " ".join(f'"{term}"' for term in terms) or '""'
