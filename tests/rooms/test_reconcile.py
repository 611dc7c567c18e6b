from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rooms.conftest import NOON
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.reconcile import (
    AWARENESS_OPTIONS,
    DOCUMENT_OPTIONS,
    CreateRoom,
    Destroy,
    MucRoomActual,
    MucRoomWanted,
    RotatePassword,
    SetAffiliation,
    SetOption,
    apply,
    awareness_room,
    document_room,
    plan,
)
from xmpp_bridge.rooms.room import Document, DocumentFormat, DocumentType, Member
from xmpp_bridge.xmpp.stream import Secret

SERVICE = "xmpp-bridge@bridge.montague.lit"
ROMEO, JULIET, TYBALT, NURSE = (
    f"{name}@montague.lit" for name in ("romeo", "juliet", "tybalt", "nurse")
)
OLD, NEW = Secret("wherefore"), Secret("therefore")
NAME, HOST = "sonnet", "documents.montague.lit"

WANTED = MucRoomWanted(
    DOCUMENT_OPTIONS, NEW, frozenset({ROMEO}), frozenset({ROMEO, JULIET, SERVICE})
)
AS_WANTED = MucRoomActual(
    {**DOCUMENT_OPTIONS, "password": str(NEW)}, {ROMEO: "member"}, frozenset({SERVICE})
)


@dataclass
class ModelOfEjabberd:
    """One room as ejabberd 23.01 keeps it (facts: affiliations beside occupants; an outcast is thrown out)."""

    options: dict[str, str] | None = None
    affiliations: dict[str, str] = field(default_factory=dict)
    occupants: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    async def create_room(self, name: str, service: str, options: Mapping[str, str]) -> None:
        assert self.options is None
        self.options = dict(options)

    async def destroy_room(self, name: str, service: str) -> None:
        self.options = None
        self.affiliations.clear()
        self.occupants.clear()

    async def change_room_option(self, name: str, service: str, option: str, value: str) -> None:
        assert self.options is not None
        self.options[option] = value
        self.calls.append(option)

    async def set_affiliation(self, name: str, service: str, jid: str, affiliation: str) -> None:
        self.affiliations.pop(jid, None)
        if affiliation != "none":
            self.affiliations[jid] = affiliation
        if affiliation == "outcast":
            self.occupants.discard(jid)
        self.calls.append(f"{jid} {affiliation}")

    def seen(self) -> MucRoomActual | None:
        if self.options is None:
            return None
        return MucRoomActual(dict(self.options), dict(self.affiliations), frozenset(self.occupants))


jids = st.sampled_from([ROMEO, JULIET, TYBALT, NURSE])


@st.composite
def wanted_rooms(draw: st.DrawFn) -> MucRoomWanted | None:
    if draw(st.booleans()) and draw(st.booleans()):
        return None
    writers = draw(st.frozensets(jids))
    return MucRoomWanted(
        draw(st.sampled_from([DOCUMENT_OPTIONS, AWARENESS_OPTIONS])),
        draw(st.sampled_from([OLD, NEW])),
        writers,
        writers | draw(st.frozensets(jids)) | {SERVICE},
    )


@st.composite
def rooms_of_ejabberd(draw: st.DrawFn) -> ModelOfEjabberd:
    if draw(st.booleans()) and draw(st.booleans()):
        return ModelOfEjabberd()
    options = draw(
        st.dictionaries(
            st.sampled_from([*DOCUMENT_OPTIONS, "lang"]), st.sampled_from(["true", "false"])
        )
    )
    password = draw(st.sampled_from([{}, {"password": "wherefore"}, {"password": "therefore"}]))
    affiliations = st.sampled_from(["none", "member", "outcast", "admin", "owner"])
    return ModelOfEjabberd(
        {**options, **password},
        draw(st.dictionaries(jids, affiliations)),
        draw(st.sets(jids)) | draw(st.sampled_from([set(), {SERVICE}])),
    )


def carry_out(room: ModelOfEjabberd, wanted: MucRoomWanted | None) -> None:
    asyncio.run(apply(plan(wanted, room.seen()), room, NAME, HOST))


def assert_as_wanted(room: ModelOfEjabberd, wanted: MucRoomWanted | None) -> None:
    if wanted is None:
        assert room.options is None
        return
    assert room.options is not None
    assert room.options.items() >= {**wanted.options, "password": str(wanted.password)}.items()
    voiced = {jid for jid, affiliation in room.affiliations.items() if affiliation == "member"}
    assert voiced == wanted.writers
    assert set(room.affiliations.values()) <= {"member", "none"}
    assert room.occupants <= wanted.readers


@given(wanted_rooms(), rooms_of_ejabberd())
def test_whatever_ejabberd_has_becomes_what_is_wanted_and_then_stays(
    wanted: MucRoomWanted | None, room: ModelOfEjabberd
) -> None:
    carry_out(room, wanted)

    assert_as_wanted(room, wanted)
    assert plan(wanted, room.seen()) == []


@given(wanted_rooms(), rooms_of_ejabberd(), st.integers(0, 20))
def test_a_plan_that_was_cut_short_is_finished_by_the_next(
    wanted: MucRoomWanted | None, room: ModelOfEjabberd, steps: int
) -> None:
    asyncio.run(apply(plan(wanted, room.seen())[:steps], room, NAME, HOST))

    carry_out(room, wanted)

    assert_as_wanted(room, wanted)


@given(wanted_rooms(), rooms_of_ejabberd())
def test_who_may_stay_is_not_thrown_out(
    wanted: MucRoomWanted | None, room: ModelOfEjabberd
) -> None:
    if wanted is None:
        return
    staying = room.occupants & wanted.readers

    carry_out(room, wanted)

    assert room.occupants == staying


def test_a_room_as_wanted_is_left_alone() -> None:
    assert plan(WANTED, AS_WANTED) == []
    assert plan(None, None) == []


def test_a_missing_room_is_made_with_everybodys_voice() -> None:
    assert plan(WANTED, None) == [
        CreateRoom(DOCUMENT_OPTIONS, NEW),
        SetAffiliation(ROMEO, "member"),
    ]


def test_a_room_nobody_wants_is_removed() -> None:
    assert plan(None, AS_WANTED) == [Destroy()]


async def test_whoever_is_removed_finds_the_lock_changed_before_being_thrown_out() -> None:
    room = ModelOfEjabberd(
        {**DOCUMENT_OPTIONS, "password": str(OLD)},
        {ROMEO: "member", TYBALT: "member"},
        {ROMEO, TYBALT, NURSE, SERVICE},
    )

    await apply(plan(WANTED, room.seen()), room, NAME, HOST)

    assert room.calls == [
        "password",
        f"{NURSE} outcast",
        f"{NURSE} none",
        f"{TYBALT} outcast",
        f"{TYBALT} none",
    ]
    assert room.occupants == {ROMEO, SERVICE}


def test_an_editor_who_becomes_viewer_loses_the_voice_and_stays() -> None:
    actual = MucRoomActual(
        AS_WANTED.options, {ROMEO: "member", JULIET: "member"}, frozenset({ROMEO, JULIET})
    )

    assert plan(WANTED, actual) == [SetAffiliation(JULIET, "none")]


def test_an_option_that_somebody_changed_is_set_back_before_anybody_gets_a_voice() -> None:
    actual = MucRoomActual(
        {**AS_WANTED.options, "moderated": "false", "lang": "la"}, {}, frozenset()
    )

    assert plan(WANTED, actual) == [
        SetOption("moderated", "true"),
        SetAffiliation(ROMEO, "member"),
    ]


def test_the_password_is_not_printed() -> None:
    plans = [
        plan(WANTED, None),
        plan(WANTED, MucRoomActual({"password": str(OLD)}, {}, frozenset())),
    ]

    assert str(NEW) not in repr([WANTED, AS_WANTED, plans])
    assert str(OLD) not in repr([WANTED, AS_WANTED, plans])
    assert plans[1][0] == RotatePassword(NEW)


@pytest.fixture
def members() -> list[Member]:
    return [
        Member(Account(number, localpart, hub_user, NOON, hub_user, enabled=True), role)
        for number, (localpart, hub_user, role) in enumerate(
            [
                ("romeo", "Romeo", Role.OWNER),
                (r"juliet\40capulet.lit", "juliet@capulet.lit", Role.EDITOR),
                ("nurse~2", "Nurse", Role.VIEWER),
            ]
        )
    ]


@pytest.fixture
def document() -> Document:
    return Document(
        DocumentId("a" * 32),
        RoomId("b" * 32),
        "sonnet.ipynb",
        DocumentType.NOTEBOOK,
        DocumentFormat.JSON,
        creator_id=0,
        password=NEW,
        created_at=NOON,
        born=True,
    )


def test_owners_and_editors_write_and_viewers_read(
    document: Document, members: list[Member]
) -> None:
    room = document_room(document, members, "montague.lit", SERVICE)

    assert room.writers == {ROMEO, r"juliet\40capulet.lit@montague.lit"}
    assert room.readers == room.writers | {"nurse~2@montague.lit", SERVICE}
    assert (room.options, room.password) == (DOCUMENT_OPTIONS, NEW)


def test_cursors_need_no_voice_but_the_same_password(
    document: Document, members: list[Member]
) -> None:
    room = awareness_room(document, members, "montague.lit", SERVICE)

    assert room.writers == frozenset()
    assert room.readers == document_room(document, members, "montague.lit", SERVICE).readers
    assert (room.options, room.password) == (AWARENESS_OPTIONS, NEW)
