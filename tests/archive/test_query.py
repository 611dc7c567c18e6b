"""What somebody looks for, and what is wrong with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.archive.query import Has, Having, Named, Problem, Query, Term, parse_query

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)


def parse(text: str) -> Query:
    return parse_query(text, NOW)


def test_words_phrases_beginnings_and_what_must_not_be_there() -> None:
    query = parse('model "learning rate" -draft optim* -"not this"')
    assert query.terms == (
        Term(("model",)),
        Term(("learning", "rate")),
        Term(("draft",), negated=True),
        Term(("optim",), beginning=True),
        Term(("not", "this"), negated=True),
    )
    assert not query.problems


def test_what_is_several_words_must_stand_together() -> None:
    assert parse("snake_case 学习").terms == (Term(("snake", "case")), Term(("学", "习")))
    assert parse('"learning ra"*').terms == (Term(("learning", "ra"), beginning=True),)


def test_operators() -> None:
    query = parse(
        'from:juliet IN:"Night school" -mentions:me cell:daylight.ipynb has:code -has:link'
    )
    assert query.named == (
        Named("from", "juliet", 0),
        Named("in", "Night school", 12),
        Named("mentions", "me", 30, negated=True),
        Named("cell", "daylight.ipynb", 43),
    )
    assert query.having == (Having(Has.CODE), Having(Has.LINK, negated=True))
    assert not query.problems


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("after:2026-11-01", datetime(2026, 11, 2, tzinfo=UTC), None),
        ("before:2026-11-01", None, datetime(2026, 11, 1, tzinfo=UTC)),
        ("on:2026-11", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        ("on:2026-12", datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("on:2026", datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ("on:yesterday", datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)),
        ("after:7d", NOW - timedelta(days=7), None),
        ("after:3h before:1h", NOW - timedelta(hours=3), NOW - timedelta(hours=1)),
    ],
)
def test_when(text: str, since: datetime | None, until: datetime | None) -> None:
    query = parse(text)
    assert (query.since, query.until, query.problems) == (since, until, ())


@pytest.mark.parametrize(
    ("text", "at", "why"),
    [
        ('hello "world', 6, "does not end"),
        ("hello from:", 6, "needs something after it"),
        ("has:wings", 0, "link, code"),
        ("on:2026-02-30", 0, "takes a day"),
        ("x before:noon", 2, "takes a day"),
        ("-before:2026", 0, "turned round"),
        ("after:2026-11-05 before:2026-11-02", 0, "no day"),
        ("a*", 0, "at least 2"),
        ('""', 0, "no word"),
        ("word " * 51, 0, "at most 50"),
        ("x" * 1001, 1000, "at most 1000"),
    ],
)
def test_what_cannot_be_meant_is_explained(text: str, at: int, why: str) -> None:
    (problem,) = parse(text).problems
    assert problem.at == at
    assert why in problem.text


@given(
    st.text()
    | st.lists(st.sampled_from(['"', "-", "from:", "*", " ", "a", "on:", "7d"])).map("".join)
)
def test_whatever_is_typed_is_understood_or_explained(text: str) -> None:
    query = parse(text)
    assert all(isinstance(each, Problem) and 0 <= each.at <= len(text) for each in query.problems)
    assert all(term.words for term in query.terms)
