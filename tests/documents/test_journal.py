"""What survives the death of the process, of the machine, and of single bytes."""

from __future__ import annotations

import builtins
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.depth import DEPTH
from xmpp_bridge.documents.base import Base, Pending
from xmpp_bridge.documents.journal import Journal

UPDATES = [b"But soft", b"", b"what light" * 100, b"through yonder window"]
OLD, NEW = Base(b"old state", {"cells": ["old"]}), Base(b"new state", {"cells": ["né𝄞w"]})


@pytest.fixture
def written(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "orchard")
    for update in UPDATES:
        journal.append(update)
    return tmp_path / "orchard"


def test_a_new_journal_is_empty(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "orchard")

    assert journal.load() == []
    assert journal.base is None
    assert journal.damaged == []


def test_what_was_appended_is_there_after_a_restart(written: Path) -> None:
    assert Journal(written).load() == UPDATES


def test_nobody_else_can_read_it(written: Path) -> None:
    Journal(written).set_base(OLD)

    assert stat.S_IMODE(written.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in written.iterdir()} == {0o600}


def test_compacting_keeps_the_state_and_what_comes_after(written: Path) -> None:
    journal = Journal(written)
    journal.compact(b"all of it")
    journal.append(b"and more")

    assert Journal(written).load() == [b"all of it", b"and more"]


def test_the_base_is_there_after_a_restart(written: Path) -> None:
    Journal(written).set_base(OLD)
    Journal(written).set_base(NEW)

    assert Journal(written).base == NEW


@pytest.mark.parametrize("cut", [1, 5, 11, 12, 13, 20])
def test_an_update_that_was_being_written_is_cut_off_and_the_next_follows_the_last_good_one(
    written: Path, cut: int
) -> None:
    log = written / "updates.log"
    log.write_bytes(log.read_bytes()[:-cut])

    journal = Journal(written)
    journal.append(b"after the crash")

    assert journal.damaged == []
    assert Journal(written).load() == [*UPDATES[:-1], b"after the crash"]


def test_a_log_that_was_being_begun_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "updates.log").write_bytes(b"xmpp-br")

    journal = Journal(tmp_path)
    assert journal.load() == []
    journal.append(b"soft")

    assert (Journal(tmp_path).load(), journal.damaged) == ([b"soft"], [])


def test_a_file_that_grew_without_being_written_is_cut(written: Path) -> None:
    with (written / "updates.log").open("ab") as log:
        log.write(bytes(4096))

    journal = Journal(written)

    assert (journal.load(), journal.damaged) == (UPDATES, [])


@pytest.mark.parametrize("where", ["length", "payload", "header"])
def test_what_is_broken_in_the_middle_is_set_aside_whole_and_said(
    written: Path, where: str
) -> None:
    log = written / "updates.log"
    data = bytearray(log.read_bytes())
    at = {"header": 0, "length": 24, "payload": data.index(b"what light")}[where]
    data[at] ^= 0xFF
    log.write_bytes(data)

    journal = Journal(written)
    found = journal.load()
    journal.append(b"and on")

    assert found == UPDATES[: {"header": 0, "length": 0, "payload": 2}[where]]
    assert [aside.read_bytes() for aside in journal.damaged] == [bytes(data)]
    assert Journal(written).load() == [*found, b"and on"]


def test_damage_is_set_aside_under_a_new_name_each_time(written: Path) -> None:
    for _ in range(2):
        (written / "updates.log").write_bytes(b"not a journal at all")
        Journal(written).load()

    assert sorted(path.name for path in written.glob("*.damaged-*")) == [
        "updates.log.damaged-1",
        "updates.log.damaged-2",
    ]


def test_a_broken_base_is_set_aside_and_there_is_none(written: Path) -> None:
    Journal(written).set_base(OLD)
    base = written / "base"
    base.write_bytes(base.read_bytes()[:-1])

    journal = Journal(written)

    assert journal.base is None
    assert [aside.name for aside in journal.damaged] == ["base.damaged-1"]
    assert not base.exists()


def test_an_append_that_the_disk_refuses_leaves_nothing_behind(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    class FullDisk(io.FileIO):
        def write(self, data: Any, /) -> int:
            return super().write(bytes(data)[:3])

    def opened(path: Any, mode: str, **options: Any) -> Any:
        return FullDisk(path, mode, opener=options["opener"])

    journal = Journal(written)
    with monkeypatch.context() as patched:
        patched.setattr(builtins, "open", opened)
        with pytest.raises(OSError, match="takes no more"):
            journal.append(b"window")
    journal.append(b"balcony")

    assert Journal(written).load() == [*UPDATES, b"balcony"]


class CrashError(Exception):
    """The process dies here."""


def crash_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Die instead of the file operation of that number; the result counts operations."""
    taken = 0

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **options: Any) -> Any:
            nonlocal taken
            taken += 1
            if taken == step:
                raise CrashError
            return real(*args, **options)

        return operation

    monkeypatch.setattr(os, "open", counted(os.open))
    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    return lambda: taken


def crashes(monkeypatch: pytest.MonkeyPatch, action: Callable[[], Any], step: int) -> bool:
    with monkeypatch.context() as patched:
        crash_at(step, patched)
        try:
            action()
        except CrashError:
            return True
    return False


def test_compacting_may_be_interrupted_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = set()
    for step in range(1, 20):
        directory = tmp_path / f"{step}"
        journal = Journal(directory)
        journal.append(b"soft")
        crashed = crashes(monkeypatch, lambda: journal.compact(b"compacted"), step)  # noqa: B023
        found = Journal(directory).load()
        assert found in ([b"soft"], [b"compacted"])
        outcomes.add(found[0])
        if not crashed:
            assert found == [b"compacted"]
            break

    assert outcomes == {b"soft", b"compacted"}


def test_setting_the_base_may_be_interrupted_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(1, 20):
        directory = tmp_path / f"{step}"
        journal = Journal(directory)
        journal.set_base(OLD)
        crashed = crashes(monkeypatch, lambda: journal.set_base(NEW), step)  # noqa: B023
        reopened = Journal(directory)
        assert reopened.base in (OLD, NEW)
        assert reopened.damaged == []
        if not crashed:
            assert reopened.base == NEW
            break


def test_setting_damage_aside_may_be_interrupted_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At no moment may it look as if there had never been a journal: its owner would begin a new history."""
    for step in range(1, 30):
        directory = tmp_path / f"{step}"
        Journal(directory).append(b"soft")
        log = directory / "updates.log"
        damaged = log.read_bytes() + b"damage" * 3
        log.write_bytes(damaged)
        crashed = crashes(monkeypatch, lambda: Journal(directory).load(), step)  # noqa: B023
        assert Journal(directory).load() == [b"soft"]
        assert damaged in [aside.read_bytes() for aside in directory.glob("*.damaged-*")]
        if not crashed:
            break


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=8), st.data())
@settings(
    max_examples=50 * DEPTH,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_happens_to_the_bytes_a_prefix_is_read(
    tmp_path_factory: pytest.TempPathFactory, updates: list[bytes], data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("journal")
    journal = Journal(directory)
    for update in updates:
        journal.append(update)
    log = directory / "updates.log"
    damaged = bytearray(log.read_bytes())
    at = data.draw(st.integers(0, len(damaged) - 1))
    damaged[at] ^= data.draw(st.integers(1, 255))
    log.write_bytes(damaged)

    found = Journal(directory).load()

    assert found == updates[: len(found)]
    assert len(found) < len(updates)


def test_flushing_reaches_the_disk_once_for_many_updates(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(written)
    for update in UPDATES:
        journal.append(update)
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)

    journal.flush()
    journal.flush()

    assert len(synced) == 2  # the file, and the directory that names it


def test_what_is_about_to_be_saved_is_there_after_a_restart_and_gone_once_it_is(
    tmp_path: Path,
) -> None:
    pending = Pending(NEW, before="what was found")
    Journal(tmp_path).set_pending(pending)
    assert Journal(tmp_path).pending() == pending
    Journal(tmp_path).set_base(NEW)
    assert Journal(tmp_path).pending() is None


def test_a_broken_note_of_what_is_pending_is_set_aside(tmp_path: Path) -> None:
    Journal(tmp_path).set_pending(Pending(NEW))
    file = tmp_path / "pending"
    file.write_bytes(file.read_bytes()[:-1])
    journal = Journal(tmp_path)
    assert journal.pending() is None
    assert [aside.name for aside in journal.damaged] == ["pending.damaged-1"]
