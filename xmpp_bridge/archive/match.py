"""What must be in a message as an expression of SQLite's FTS5 or of PostgreSQL; without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GAP: Final = "<->"


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens side by side; `beginning` means that the last one may go on."""

    tokens: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Of each group at least one phrase, and none of `without`. There is at least one group."""

    groups: tuple[tuple[Phrase, ...], ...]
    without: tuple[Phrase, ...] = ()


def fts5(match: Match) -> str:
    """An expression for MATCH (sqlite.org/fts5.html, section 3). Tokens hold no quotation mark: see `lexemes`."""
    groups = [f"({' OR '.join(map(_fts5_phrase, group))})" for group in match.groups]
    expression = " AND ".join(groups)
    if not match.without:
        return expression
    return f"({expression}) NOT ({' OR '.join(map(_fts5_phrase, match.without))})"


def tsquery(match: Match) -> str:
    """A literal of PostgreSQL's tsquery (its manual, section 8.11.2)."""
    groups = [f"({' | '.join(map(_ts_phrase, group))})" for group in match.groups]
    return " & ".join([*groups, *(f"!({_ts_phrase(each)})" for each in match.without)])


def _fts5_phrase(phrase: Phrase) -> str:
    star = "*" if phrase.beginning else ""
    return f'"{" ".join(phrase.tokens)}"{star}'


def _ts_phrase(phrase: Phrase) -> str:
    *first, last = (f"'{token}'" for token in phrase.tokens)
    star = ":*" if phrase.beginning else ""
    return f" {GAP} ".join([*first, f"{last}{star}"])
