"""The few administrative calls we make to ejabberd."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from xmpp_bridge.ejabberd.admin_channel import PATIENCE, AdminChannel, Answer
from xmpp_bridge.ejabberd.settings import ADMIN_LOCALPART
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    ForbiddenError,
    NotAuthorizedError,
    NotFoundError,
    UnavailableError,
)


class EjabberdApi:
    """`address` is `unix:<path>` or an https URL; `credential` makes a fresh token of the admin account."""

    def __init__(
        self,
        address: str,
        domain: str,
        credential: Callable[[], str],
        ca: Path | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        admin = f"{ADMIN_LOCALPART}@{domain}"
        self._domain = domain
        self._channel = AdminChannel(address, admin, credential, ca, patience)

    async def status(self) -> None:
        """Return when ejabberd runs and obeys us."""
        await self._call("status")

    async def create_room(self, name: str, service: str, options: Mapping[str, str]) -> None:
        """Create a room; `ConflictError` when there is one."""
        await self._call(
            "create_room_with_opts",
            name=name,
            service=service,
            host=self._domain,
            options=[{"name": option, "value": value} for option, value in options.items()],
        )

    async def destroy_room(self, name: str, service: str) -> None:
        """Tell a room to end, and its archive with it; it is gone a moment later."""
        await self._call("destroy_room", name=name, service=service)

    async def rooms(self, service: str) -> list[str]:
        """Return the names of all rooms of one MUC service."""
        rooms = await self._call("muc_online_rooms", service=service)
        return [_text(room).partition("@")[0] for room in _entries(rooms)]

    async def room_options(self, name: str, service: str) -> dict[str, str]:
        """Return all options of a room, the password among them; `NotFoundError` without one."""
        options = await self._call("get_room_options", name=name, service=service)
        if not options:  # so 23.01 tells that there is no such room
            raise NotFoundError(f"there is no room {name}@{service}")
        return _fields(options)

    async def change_room_option(self, name: str, service: str, option: str, value: str) -> None:
        await self._call(
            "change_room_option", name=name, service=service, option=option, value=value
        )

    async def affiliations(self, name: str, service: str) -> dict[str, str]:
        """Return the affiliation of each bare JID that has one."""
        entries = await self._call("get_room_affiliations", name=name, service=service)
        return dict(_affiliation(_fields(entry)) for entry in _entries(entries))

    async def set_affiliation(self, name: str, service: str, jid: str, affiliation: str) -> None:
        await self._call(
            "set_room_affiliation", name=name, service=service, jid=jid, affiliation=affiliation
        )

    async def occupants(self, name: str, service: str) -> frozenset[str]:
        """Return the bare JIDs of those who are in a room, affiliated or not."""
        entries = await self._call("get_room_occupants", name=name, service=service)
        return frozenset(_bare_jid(_fields(entry)) for entry in _entries(entries))

    async def reserve_nick(self, nick: str, jid: str, service: str) -> None:
        """Let nobody else be called so in any room of this MUC service; `ConflictError` when somebody else has it.

        An account has one such nick: the last one counts.
        """
        try:
            await self._call("muc_register_nick", nick=nick, jid=jid, service=service)
        except BadPayloadError:
            # COMPAT(ejabberd 24.12): from there on the command takes the account apart.
            user, _, host = jid.partition("@")
            account = {"user": user, "host": host}
            await self._call("muc_register_nick", nick=nick, **account, service=service)

    async def sessions(self, localpart: str) -> list[str]:
        """Return the resources with which somebody is logged in to the account."""
        resources = await self._call("user_resources", user=localpart, host=self._domain)
        return [_text(resource) for resource in _entries(resources)]

    async def uptimes(self, localpart: str) -> dict[str, int]:
        """Return for how many seconds each resource of the account has been logged in."""
        entries = await self._call("user_sessions_info", user=localpart, host=self._domain)
        return dict(map(_uptime, _entries(entries)))

    async def connected(self) -> list[str]:
        """Return the full JID of everybody who is logged in."""
        return [_text(jid) for jid in _entries(await self._call("connected_users"))]

    async def kick(self, localpart: str, resource: str | None, reason: str) -> None:
        """End one login of the account, or all: a token that expires ends none by itself."""
        account = {"user": localpart, "host": self._domain}
        if resource is None:
            await self._call("kick_user", **account)
        else:
            await self._call("kick_session", **account, resource=resource, reason=reason)

    async def private(self, localpart: str, name: str, namespace: str) -> str:
        """What the account keeps for its clients under this element, as XML: the whole query (XEP-0049)."""
        account = {"user": localpart, "host": self._domain}
        return _result(await self._call("private_get", **account, element=name, ns=namespace))

    async def set_private(self, localpart: str, element: str) -> None:
        """Put this XML in place of what the account kept under its element."""
        account = {"user": localpart, "host": self._domain}
        await self._call("private_set", **account, element=element)

    async def roster_groups(self) -> list[str]:
        """Return the names of the groups whose people are in each other's contact lists."""
        return [_text(name) for name in _entries(await self._call("srg_list", host=self._domain))]

    async def roster_group(self, name: str) -> list[str]:
        """Return the localparts of those in it."""
        jids = await self._call("srg_get_members", group=name, host=self._domain)
        return [_text(jid).partition("@")[0] for jid in _entries(jids)]

    async def make_roster_group(self, name: str, label: str) -> None:
        """Make a group under whose `label` its people see each other; there is nobody in it."""
        texts = {"label": label, "description": ""}
        try:
            await self._call("srg_create", group=name, host=self._domain, **texts, display=name)
        except BadPayloadError:
            # COMPAT(ejabberd 23.10): from there on it takes a list.
            await self._call("srg_create", group=name, host=self._domain, **texts, display=[name])

    async def drop_roster_group(self, name: str) -> None:
        await self._call("srg_delete", group=name, host=self._domain)

    async def add_to_roster_group(self, name: str, localpart: str) -> None:
        await self._call("srg_user_add", **self._member(name, localpart))

    async def remove_from_roster_group(self, name: str, localpart: str) -> None:
        await self._call("srg_user_del", **self._member(name, localpart))

    def _member(self, name: str, localpart: str) -> dict[str, str]:
        domain = self._domain
        return {"user": localpart, "host": domain, "group": name, "grouphost": domain}

    async def _call(self, command: str, **arguments: object) -> Any:
        answer = await self._channel.call(command, **arguments)
        if answer.status != HTTPStatus.OK:
            raise _refusal(command, answer)
        return answer.value


_STATUSES: Mapping[int, type[BridgeError]] = {
    HTTPStatus.BAD_REQUEST: BadPayloadError,
    HTTPStatus.UNAUTHORIZED: NotAuthorizedError,
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.CONFLICT: ConflictError,
}
# The status of these is 400, as of any other mistake; only the sentence tells.
_SENTENCES: Mapping[re.Pattern[str], type[BridgeError]] = {
    re.compile(r"already (exists|registered)"): ConflictError,
    re.compile(r"not[ _]found|does not exist|doesn't exist"): NotFoundError,
}


def _refusal(command: str, answer: Answer) -> BridgeError:
    """Return why ejabberd did not obey.

    A 404 is a command this ejabberd does not have, not a room that is missing; a 500 may be anything.
    """
    sentence = answer.value if isinstance(answer.value, str) else f"status {answer.status}"
    error = _STATUSES.get(answer.status, UnavailableError)
    if error is BadPayloadError:
        matching = (kind for pattern, kind in _SENTENCES.items() if pattern.search(sentence))
        error = next(matching, error)
    return error(f"ejabberd refused {command}: {sentence}")


def _entries(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadPayloadError("ejabberd answered with something else than a list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadPayloadError("ejabberd answered with something else than a text")
    return value


def _result(value: Any) -> str:
    """A text alone; COMPAT(ejabberd 23.01): that says its name, too."""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    return _text(value)


def _fields(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise BadPayloadError("ejabberd answered with something else than fields")
    return {name: _text(field) for name, field in value.items()}


def _bare_jid(occupant: dict[str, str]) -> str:
    try:
        return occupant["jid"].partition("/")[0]
    except KeyError as error:
        raise BadPayloadError("ejabberd answered with an occupant who is nobody") from error


def _uptime(session: Any) -> tuple[str, int]:
    match session:
        case {"resource": str(resource), "uptime": int(seconds)}:
            return resource, seconds
        case _:
            raise BadPayloadError("ejabberd answered with something else than sessions")


def _affiliation(entry: dict[str, str]) -> tuple[str, str]:
    try:
        jid = f"{entry['username']}@{entry['domain']}" if entry["username"] else entry["domain"]
        return jid, entry["affiliation"]
    except KeyError as error:
        raise BadPayloadError("ejabberd answered with an affiliation of nobody") from error
