"""What somebody looks for, as a value, and what is wrong with it; without I/O (docs/chat.md).

    model "learning rate" -draft optim* from:juliet in:"Night school" after:2026-11-01 has:code

All words must be there, in any order; what is in quotes in this order; `-` must not be there; `*` ends a beginning.
Operators narrow down where to look. The same operator twice means either of the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from xmpp_bridge.archive.words import words

MAX_QUERY: Final = 1000
MAX_TERMS: Final = 50
SHORTEST_BEGINNING: Final = 2

_OPERATOR = re.compile(r"(from|in|before|after|on|has|mentions|cell):", re.IGNORECASE)
_PART = re.compile(r'"(?P<quoted>[^"]*)(?P<end>"?)|(?P<plain>[^\s"]+)')
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,4})([hdw])")
_UNITS: Final = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class Has(StrEnum):
    """What a message may have."""

    LINK = "link"
    CODE = "code"
    CELL = "cell"
    FILE = "file"
    IMAGE = "image"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, for a person, and at which character (counted from 0)."""

    at: int
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side; `beginning` means that the last one may go on."""

    words: tuple[str, ...]
    beginning: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """An operator whose value takes knowing people, rooms or documents: from, in, mentions, cell."""

    operator: str
    value: str
    at: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Having:
    """What a message has, or has not."""

    what: Has
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All of it must hold; said at `since` or later, and before `until`."""

    terms: tuple[Term, ...] = ()
    named: tuple[Named, ...] = ()
    having: tuple[Having, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.terms or self.named or self.having or self.since or self.until)


def parse_query(text: str, now: datetime) -> Query:
    """Return what is looked for; what cannot be meant is in `problems`, and nothing is left out in silence."""
    if len(text) > MAX_QUERY:
        return Query(problems=(Problem(MAX_QUERY, f"at most {MAX_QUERY} characters"),))
    reading = _Reading(text, now)
    reading.read()
    return reading.query()


class _Reading:
    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._at = 0
        self._terms: list[Term] = []
        self._named: list[Named] = []
        self._having: list[Having] = []
        self._since: list[datetime] = []
        self._until: list[datetime] = []
        self._problems: list[Problem] = []

    def query(self) -> Query:
        since, until = max(self._since, default=None), min(self._until, default=None)
        if since is not None and until is not None and since >= until and not self._problems:
            self._wrong(0, "no day is after the one and before the other")
        if len(self._terms) + len(self._named) + len(self._having) > MAX_TERMS:
            self._wrong(0, f"at most {MAX_TERMS} words and operators")
        return Query(
            tuple(self._terms),
            tuple(self._named),
            tuple(self._having),
            since,
            until,
            tuple(self._problems),
        )

    def read(self) -> None:
        while self._skip_space():
            start = self._at
            negated = self._take_minus()
            operator = _OPERATOR.match(self._text, self._at)
            if operator is None:
                self._read_words(start, negated=negated)
                continue
            self._at = operator.end()
            value, _, complete = self._take_value()
            if complete:
                self._read_operator(operator[1].lower(), value.strip(), start, negated=negated)

    def _skip_space(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at < len(self._text)

    def _take_minus(self) -> bool:
        minus = self._text.startswith("-", self._at) and self._text[self._at + 1 :][:1].strip()
        self._at += bool(minus)
        return bool(minus)

    def _take_value(self) -> tuple[str, bool, bool]:
        """What comes next, whether it is quoted, and whether its end is there."""
        match = _PART.match(self._text, self._at)
        if match is None:
            return "", False, True
        self._at = match.end()
        if match["plain"] is not None:
            return match["plain"], False, True
        if not match["end"]:
            self._wrong(match.start(), 'this quotation does not end: put a " after it')
        return match["quoted"], True, bool(match["end"])

    def _read_words(self, start: int, *, negated: bool) -> None:
        value, quoted, complete = self._take_value()
        if not complete:
            return
        beginning = value.endswith("*")
        if quoted and self._text.startswith("*", self._at):
            beginning, self._at = True, self._at + 1
        found = tuple(words(value))
        if not found:
            if negated or quoted or beginning:
                self._wrong(start, "there is no word here to look for")
            return  # a lone dash or comma is nothing to look for
        if beginning and len(found[-1]) < SHORTEST_BEGINNING and found[-1].isascii():
            self._wrong(start, f"a beginning has at least {SHORTEST_BEGINNING} characters")
            return
        self._terms.append(Term(found, beginning, negated))

    def _read_operator(self, operator: str, value: str, at: int, *, negated: bool) -> None:
        if not value:
            self._wrong(at, f"{operator}: needs something after it")
        elif operator in ("before", "after", "on"):
            self._read_when(operator, value, at, negated=negated)
        elif operator == "has":
            self._read_has(value.lower(), at, negated=negated)
        else:
            self._named.append(Named(operator, value, at, negated))

    def _read_has(self, value: str, at: int, *, negated: bool) -> None:
        if value not in list(Has):
            self._wrong(at, f"has: takes one of {', '.join(Has)}")
            return
        self._having.append(Having(Has(value), negated))

    def _read_when(self, operator: str, value: str, at: int, *, negated: bool) -> None:
        span = _span(value.lower(), self._now)
        if span is None:
            self._wrong(
                at,
                f"{operator}: takes a day (2026-11-27), month, year, today, or 7d for a week ago",
            )
        elif negated:
            self._wrong(at, f"{operator}: cannot be turned round with -")
        elif operator == "before":
            self._until.append(span[0])
        elif operator == "after":
            self._since.append(span[1])
        else:
            self._since.append(span[0])
            self._until.append(span[1])

    def _wrong(self, at: int, text: str) -> None:
        self._problems.append(Problem(at, text))


def _span(value: str, now: datetime) -> tuple[datetime, datetime] | None:
    """When a stretch of time begins and ends; in UTC. `7d` is a moment: it begins when it ends."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    if value in ("today", "yesterday"):
        start = today if value == "today" else today - day
        return start, start + day
    if match := _AGO.fullmatch(value):
        moment = now - int(match[1]) * _UNITS[match[2]]
        return moment, moment
    return _calendar(value)


def _calendar(value: str) -> tuple[datetime, datetime] | None:
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        start = datetime(year, month, day, tzinfo=UTC)
        if match[3]:
            return start, start + timedelta(days=1)
        if match[2]:
            return start, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        return start, datetime(year + 1, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
