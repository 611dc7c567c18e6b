"""What ejabberd must be told so that a document's two MUC rooms, and a room's chat, are as the database wants them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from xmpp_bridge.accounts.jid import bare_jid
from xmpp_bridge.rooms.room import Document, Member
from xmpp_bridge.xmpp.stream import Secret

AT_ONCE = 8
"""Commands for one room: ejabberd answers each by itself."""
# Moderated, not members-only, password-protected: an affiliation of `member` is a voice, none is a
# visitor whose updates ejabberd itself refuses. A members-only room has no visitors.
_COMMON = {
    "persistent": "true",
    "public": "false",
    "anonymous": "false",
    "members_only": "false",
    "password_protected": "true",
    "mam": "false",
    "allow_subscription": "false",
    "allow_user_invites": "false",
    "allow_voice_requests": "false",
}
DOCUMENT_OPTIONS: Mapping[str, str] = {
    **_COMMON,
    "moderated": "true",
    "members_by_default": "false",
}
# Viewers have cursors too.
AWARENESS_OPTIONS: Mapping[str, str] = {
    **_COMMON,
    "moderated": "false",
    "members_by_default": "true",
}
# Only members, and all of them may speak. Ordinary clients find the archive that they know (XEP-0313).
# Not moderated: there ejabberd 23.01 remembers roles, and lets in again who was a member once (decision 0010).
CHAT_OPTIONS: Mapping[str, str] = {
    "persistent": "true",
    "public": "false",
    "anonymous": "false",
    "members_only": "true",
    "moderated": "false",
    "members_by_default": "true",
    "password_protected": "false",
    "mam": "true",
    "allow_subscription": "false",
    "allow_user_invites": "false",
    "allow_voice_requests": "false",
}


DESCRIPTION = "A room of a JupyterHub, with its people and their notebooks. Write !help to see what can be asked."


@dataclass(frozen=True)
class MucRoomWanted:
    """A MUC room as the database wants it; people are bare JIDs."""

    options: Mapping[str, str]
    password: Secret | None
    writers: frozenset[str]
    """Who has the affiliation `member`; all others have none."""
    readers: frozenset[str]
    """Who may be in the room at all, the writers and the service among them."""


@dataclass(frozen=True)
class MucRoomActual:
    """A MUC room as ejabberd has it; `occupants` are the bare JIDs behind the nicks."""

    options: Mapping[str, str] = field(repr=False)  # the password is one of them
    affiliations: Mapping[str, str]
    occupants: frozenset[str]


@dataclass(frozen=True)
class CreateRoom:
    """Make the room, with nobody in it."""

    options: Mapping[str, str]
    password: Secret | None


@dataclass(frozen=True)
class RotatePassword:
    """Let nobody in with the old password; who is inside stays."""

    password: Secret


@dataclass(frozen=True)
class SetOption:
    """Set one option of the room."""

    name: str
    value: str


@dataclass(frozen=True)
class Expel:
    """Throw somebody out, leaving no trace: it is the password which keeps them out."""

    jid: str


@dataclass(frozen=True)
class SetAffiliation:
    """Give or take a voice, also of somebody who is inside."""

    jid: str
    affiliation: str


@dataclass(frozen=True)
class Destroy:
    """Remove the room with everybody in it."""


OtherChange = CreateRoom | RotatePassword | SetOption | Expel | Destroy
Change = OtherChange | SetAffiliation


class MucAdmin(Protocol):
    """What `apply` asks of ejabberd."""

    async def create_room(self, name: str, service: str, options: Mapping[str, str]) -> None: ...

    async def destroy_room(self, name: str, service: str) -> None: ...

    async def change_room_option(
        self, name: str, service: str, option: str, value: str
    ) -> None: ...

    async def set_affiliation(
        self, name: str, service: str, jid: str, affiliation: str
    ) -> None: ...


def document_room(
    document: Document, members: Iterable[Member], domain: str, service: str
) -> MucRoomWanted:
    """The room in which edits travel; `service` is the bare JID of the hub service."""
    people = {bare_jid(member.account.localpart, domain): member.role for member in members}
    return MucRoomWanted(
        options=DOCUMENT_OPTIONS,
        password=document.password,
        writers=frozenset(jid for jid, role in people.items() if role.may_write),
        readers=frozenset(people) | {service},
    )


def awareness_room(
    document: Document, members: Iterable[Member], domain: str, service: str
) -> MucRoomWanted:
    """The room in which cursors travel; nobody needs a voice there."""
    people = {bare_jid(member.account.localpart, domain) for member in members}
    return MucRoomWanted(
        options=AWARENESS_OPTIONS,
        password=document.password,
        writers=frozenset(),
        readers=frozenset(people) | {service},
    )


def chat_room(
    name: str,
    members: Iterable[Member],
    guests: Iterable[str],
    domain: str,
    service: str,
    notice: str = "",
) -> MucRoomWanted:
    """The room in which people talk: viewers as well. Clients show its name, and `notice` before it is entered."""
    description = f"{DESCRIPTION} {notice}".strip()
    people = frozenset(bare_jid(member.account.localpart, domain) for member in members)
    people |= frozenset(guests)
    return MucRoomWanted(
        options={
            **CHAT_OPTIONS,
            "title": name,
            "description": description,
            # Whoever enters is told so by the XMPP server (XEP-0045, status 170), with any client.
            "logging": "true" if notice else "false",
        },
        password=None,
        writers=people,
        readers=people | {service},
    )


def plan(wanted: MucRoomWanted | None, actual: MucRoomActual | None) -> list[Change]:
    """What turns `actual` into `wanted`, in the order in which nobody ever can do more than wanted."""
    if wanted is None:
        return [] if actual is None else [Destroy()]
    if actual is None:
        create = CreateRoom(wanted.options, wanted.password)
        return [create, *_voices(wanted, {})]
    return [
        # Before anybody is thrown out: whoever knows the old password would be back at once.
        *_password(wanted, actual),
        *_options(wanted, actual),
        *(_out(jid, wanted) for jid in sorted(_intruders(wanted, actual))),
        *_voices(wanted, actual.affiliations),
    ]


async def apply(changes: Iterable[Change], admin: MucAdmin, name: str, service: str) -> None:
    """Carry out a plan for the room `name`@`service`; one that was cut short can be planned anew."""
    few: list[SetAffiliation] = []
    for change in changes:
        # What many people are given, or what is taken from many, goes a few at a time.
        alike = isinstance(change, SetAffiliation) and change.affiliation in _given(few)
        if len(few) == AT_ONCE or not alike:
            await _set(few, admin, name, service)
            few = []
        if isinstance(change, SetAffiliation):
            few.append(change)
        else:
            await _do(change, admin, name, service)
    await _set(few, admin, name, service)


async def _do(change: OtherChange, admin: MucAdmin, name: str, service: str) -> None:
    match change:
        case CreateRoom(options, password):
            protected = {} if password is None else {"password": str(password)}
            await admin.create_room(name, service, {**options, **protected})
        case RotatePassword(password):
            await admin.change_room_option(name, service, "password", str(password))
        case SetOption(option, value):
            await admin.change_room_option(name, service, option, value)
        case Expel(jid):
            await admin.set_affiliation(name, service, jid, "outcast")
            await admin.set_affiliation(name, service, jid, "none")
        case Destroy():
            await admin.destroy_room(name, service)
        case _:
            assert_never(change)


async def _set(few: list[SetAffiliation], admin: MucAdmin, name: str, service: str) -> None:
    """All of them are answered, one way or the other, when this returns or raises."""
    commands = [admin.set_affiliation(name, service, each.jid, each.affiliation) for each in few]
    for answer in await asyncio.gather(*commands, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer


def _given(few: list[SetAffiliation]) -> frozenset[str]:
    return frozenset(each.affiliation for each in few)


def _password(wanted: MucRoomWanted, actual: MucRoomActual) -> list[Change]:
    if wanted.password is None or actual.options.get("password") == wanted.password:
        return []
    return [RotatePassword(wanted.password)]


def _options(wanted: MucRoomWanted, actual: MucRoomActual) -> list[Change]:
    return [
        SetOption(name, value)
        for name, value in sorted(wanted.options.items())
        if actual.options.get(name) != value
    ]


def _intruders(wanted: MucRoomWanted, actual: MucRoomActual) -> frozenset[str]:
    affiliated = {jid for jid, affiliation in actual.affiliations.items() if affiliation != "none"}
    return (actual.occupants | affiliated) - wanted.readers


def _out(jid: str, wanted: MucRoomWanted) -> Change:
    """Where membership lets people in, taking it is enough; where a password does, they are thrown out."""
    return SetAffiliation(jid, "none") if wanted.password is None else Expel(jid)


def _voices(wanted: MucRoomWanted, affiliations: Mapping[str, str]) -> list[Change]:
    """Who stays, each with the affiliation they should have; what is taken goes before what is given."""
    affiliated = {jid for jid, affiliation in affiliations.items() if affiliation != "none"}
    silenced = (affiliated & wanted.readers) - wanted.writers
    voiced = {jid for jid in wanted.writers if affiliations.get(jid) != "member"}
    return [
        *(SetAffiliation(jid, "none") for jid in sorted(silenced)),
        *(SetAffiliation(jid, "member") for jid in sorted(voiced)),
    ]
