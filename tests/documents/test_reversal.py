"""What one person did is taken back, and what others did stays."""

from __future__ import annotations

from random import Random

import pycrdt
import pytest

from tests.depth import DEPTH
from tests.documents.notebooks import (
    JULIET,
    ROMEO,
    Playwright,
    cells_of,
    new_cell,
    text_of_all,
)
from xmpp_bridge.documents.reversal import reversal

SEEDS = range(40)


def taken_back(
    play: Playwright, first: int, account: int | None, *, folded: bool = False, last: int = 10**9
) -> list[dict[str, object]]:
    """The cells after taking back what this account did since the update `first`."""
    steps = play.folded() if folded else play.apart()
    update = reversal(steps, play.owners, range(first, last), account)
    return cells_of(play.state, *([] if update is None else [update]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("account", [ROMEO, None])
def test_what_nobody_built_on_is_as_it_was_before(seed: int, account: int | None) -> None:
    play = Playwright(Random(seed))
    play.edits(JULIET, 8)
    before, through = play.cells, play.through
    play.edits(ROMEO, 12)
    assert taken_back(play, through + 1, account) == before


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_who_write_at_once_one_is_taken_back(seed: int) -> None:
    random = Random(seed)
    play = Playwright(random)
    play.do(JULIET, lambda cells: cells.append(new_cell("scene", "")))
    juliets = 0
    for _ in range(60):
        account = random.choice((ROMEO, JULIET))
        before = text_of_all(play.cells).count("j")
        play.edit(account, random.uniform(0.4, 1), seconds=3)
        if account == JULIET:
            juliets += text_of_all(play.cells).count("j") - before
    there = text_of_all(play.cells).count("j")
    assert text_of_all(taken_back(play, 2, ROMEO)) == "j" * juliets
    folded = text_of_all(taken_back(play, 2, ROMEO, folded=True))
    # What was both written and deleted within a minute is not there to come back.
    assert folded == "j" * len(folded)
    assert there <= len(folded) <= juliets


@pytest.mark.parametrize("folded", [False, True])
def test_a_cell_in_which_somebody_else_has_worked_stays(*, folded: bool) -> None:
    play = Playwright(Random(1))
    play.do(JULIET, lambda cells: cells.append(new_cell("hers", "soft")))
    play.do(ROMEO, lambda cells: cells.append(new_cell("his", "")), 61)
    play.do(ROMEO, lambda cells: cells.append(new_cell("alone", "")))
    play.do(ROMEO, lambda cells: cells[1]["source"].insert(0, "But light"))
    play.do(JULIET, lambda cells: cells[1]["source"].insert(4, "what "))
    play.do(ROMEO, lambda cells: cells[0]["source"].insert(4, "!"), 61)
    found = taken_back(play, 2, ROMEO, folded=folded)
    texts = {cell["id"]: cell["source"] for cell in found}
    assert texts["hers"] == "soft"
    # Minutes later, what a cell was made with and what was typed into it then are told apart no more.
    assert texts["his"] == ("But what light" if folded else "what ")
    assert folded or "alone" not in texts


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_written_after_an_interval_stays(seed: int) -> None:
    play = Playwright(Random(seed))
    play.do(JULIET, lambda cells: cells.append(new_cell("scene", "O ")))
    for account in (ROMEO, JULIET) * 8:
        play.edits(account, 1)
    last, later = play.through, 0
    for _ in range(6):
        names = [cell["id"] for cell in play.cells]
        if names:
            later += 1
            at = play.random.randrange(len(names))
            play.do(JULIET, lambda cells, at=at: cells[at]["source"].insert(0, "k"))
    found = taken_back(play, 2, None, last=last + 1)
    assert text_of_all(found).count("k") == later
    # What a cell was made with stays with those who have worked in it since.
    assert all(text_of_all([cell]).count("r") <= 1 for cell in found)


def test_a_move_is_not_taken_back_from_under_somebody() -> None:
    play = Playwright(Random(1))
    for name in ("one", "two"):
        play.do(JULIET, lambda cells, name=name: cells.append(new_cell(name, name)))

    def move(cells: pycrdt.Array[object]) -> None:
        del cells[1]
        cells.insert(0, new_cell("two", "two"))

    play.do(ROMEO, move)
    play.do(JULIET, lambda cells: cells[0]["source"].insert(3, " and a half"))
    found = taken_back(play, 3, ROMEO)
    assert [(cell["id"], cell["source"]) for cell in found] == [
        ("two", "two and a half"),
        ("one", "one"),
    ]


def test_nothing_runs_because_it_ran_once() -> None:
    play = Playwright(Random(1))
    play.do(JULIET, lambda cells: cells.append(new_cell("one", "1")))
    play.do(ROMEO, lambda cells: cells[0].update({"execution_state": "running"}))
    play.do(ROMEO, lambda cells: cells[0].update({"execution_state": "idle"}))
    assert taken_back(play, 3, ROMEO)[0]["execution_state"] == "idle"


def test_who_did_nothing_has_nothing_to_take_back() -> None:
    play = Playwright(Random(1))
    play.edits(JULIET, 3)
    assert reversal(play.apart(), play.owners, range(1, 100), ROMEO) is None


@pytest.mark.skipif(DEPTH < 2, reason="`make fuzz` asks for more")
def test_more_of_the_same() -> None:
    for seed in range(100, 100 * DEPTH):
        test_what_nobody_built_on_is_as_it_was_before(seed, ROMEO)
        test_of_two_who_write_at_once_one_is_taken_back(seed)
