"""When a linked file may sleep, when it has to wake, and what of that outlives its server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from xmpp_bridge.documents.rest import Rest, RestRecord
from xmpp_bridge.documents.wakefulness import Asleep, Awake, has_changed, may_sleep, must_wake

QUIET = 600.0
NOBODY = Awake(browsers=0, kernel_busy=False, quiet_for=QUIET, waiting_bytes=0, refused=False)
REST = Rest(version="7-a", stamp="1-2-3")
AT_REST = Asleep(rest=REST, can_begin=True, stamp=REST.stamp)
NEVER_OPENED = Asleep(rest=None, can_begin=False, stamp="1-2-3")


def test_what_nobody_uses_may_sleep() -> None:
    assert may_sleep(NOBODY, QUIET)


@pytest.mark.parametrize(
    "why_not",
    [
        replace(NOBODY, browsers=1),
        replace(NOBODY, kernel_busy=True),
        replace(NOBODY, quiet_for=QUIET - 1),
        replace(NOBODY, waiting_bytes=1),
    ],
    ids=["a tab", "a kernel", "used lately", "not durable"],
)
def test_what_somebody_uses_or_only_this_server_has_stays_awake(why_not: Awake) -> None:
    assert not may_sleep(why_not, QUIET)


def test_what_the_room_refuses_need_not_wait_for_it() -> None:
    refused = replace(NOBODY, waiting_bytes=1, refused=True)
    assert may_sleep(refused, QUIET)
    assert not may_sleep(replace(refused, browsers=1), QUIET)


def test_what_is_as_it_fell_asleep_goes_on_sleeping() -> None:
    assert not must_wake(AT_REST, REST.version)
    assert not has_changed(AT_REST)


@pytest.mark.parametrize("version", ["8-b", "6-a", "7-b", ""])
def test_any_other_version_wakes_even_one_of_a_restored_database(version: str) -> None:
    assert must_wake(AT_REST, version)


def test_a_file_that_was_written_wakes_and_one_that_is_gone_does_not() -> None:
    written, gone = replace(AT_REST, stamp="2-2-3"), replace(AT_REST, stamp=None)
    assert has_changed(written)
    assert must_wake(written, REST.version)
    assert not has_changed(gone)
    assert not must_wake(gone, REST.version)


def test_what_was_awake_when_its_server_ended_wakes_to_compare() -> None:
    assert must_wake(replace(NEVER_OPENED, can_begin=True), "7-a")
    assert not has_changed(NEVER_OPENED)


def test_a_document_without_history_wakes_only_for_whoever_can_begin_it() -> None:
    assert not must_wake(NEVER_OPENED, "")
    assert must_wake(replace(NEVER_OPENED, can_begin=True), "")


@pytest.mark.parametrize("asleep", [AT_REST, NEVER_OPENED, replace(AT_REST, stamp="2-2-3")])
def test_what_is_not_ours_to_read_is_not_tried(asleep: Asleep) -> None:
    assert not must_wake(asleep, None)


def test_a_record_of_rest_outlives_its_server_until_it_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "rest.json"
    record = RestRecord(file)
    assert record.rest is None
    record.keep(REST)
    assert RestRecord(file).rest == record.rest == REST
    record.forget()
    assert RestRecord(file).rest is record.rest is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": "7-a"}'])
def test_a_record_that_cannot_be_read_is_none_and_can_be_forgotten(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "rest.json"
    file.write_text(text)
    record = RestRecord(file)
    assert record.rest is None
    record.forget()
    assert not file.exists()
