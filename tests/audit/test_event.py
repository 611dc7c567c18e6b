"""An entry's leaf is written by hand, and is what canonical JSON of it would be."""

from __future__ import annotations

from datetime import UTC, datetime, timezone

from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.audit.canonical import canonical
from xmpp_bridge.audit.event import entry_bytes, moment

texts = st.text(max_size=40)
numbers = st.none() | st.integers(0, 2**53 - 1)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds it


@given(
    index=st.integers(0, 2**53 - 1),
    at=moments,
    kind=texts,
    action=texts,
    account=numbers,
    about=numbers,
    room=st.none() | texts,
    document=st.none() | texts,
    content_hash=st.binary(min_size=32, max_size=32),
)
def test_an_entry_is_canonical(
    index: int,
    at: datetime,
    kind: str,
    action: str,
    account: int | None,
    about: int | None,
    room: str | None,
    document: str | None,
    content_hash: bytes,
) -> None:
    entry = {
        "index": index,
        "at": moment(at),
        "kind": kind,
        "action": action,
        "account": account,
        "about": about,
        "room": room,
        "document": document,
        "content": content_hash.hex(),
    }
    written = entry_bytes(index, at, kind, action, account, about, room, document, content_hash)
    assert written == canonical(entry)


@given(moments, st.timedeltas().filter(lambda each: abs(each).days < 1))
def test_a_moment_is_in_utc_wherever_it_was_read(at: datetime, offset: object) -> None:
    there = at.astimezone(timezone(offset))  # type: ignore[arg-type]
    assert moment(there) == at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
