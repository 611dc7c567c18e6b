"""Lets linked files sleep that nobody uses, and wakes them when their document or they have changed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from xmpp_bridge.documents.linked_room import LinkedRoom
from xmpp_bridge.documents.metrics import WAKINGS
from xmpp_bridge.documents.rest import Rest
from xmpp_bridge.documents.service import Version
from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.wakefulness import (
    AT_ONCE,
    Asleep,
    Awake,
    has_changed,
    may_sleep,
    must_wake,
)
from xmpp_bridge.documents.ydoc_server import YDocServer
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.opening import Opening
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.tasks import ended

log = logging.getLogger(__name__)

LOOK_EVERY: Final = 5.0
"""Seconds between two looks at all files that sleep."""
PATIENCE: Final = 10.0
"""Seconds: whoever opens a file that is just falling asleep waits so long at most."""
WAKING: Final = 10.0
"""Seconds after which one that does not open is not waited for by the others that have to wake."""
SPREAD: Final = 3.0
"""Seconds over which all servers ask when the service has told all of them."""


class Sleeping:
    """A file sleeps as soon as it is known to be, in all, what the service has; until then it is awake."""

    def __init__(
        self,
        files: SharedFiles,
        opening: Opening,
        ydoc: YDocServer,
        service: HubService,
        client: Client,
        quiet: float,
        chance: Callable[[], float],
    ) -> None:
        self._files = files
        self._opening = opening
        self._ydoc = ydoc
        self._service = service
        self._client = client
        self._quiet = quiet
        self._chance = chance
        self._look_every = min(LOOK_EVERY, quiet / 4)
        self._due: dict[DocumentId, None] = {}
        self._waking: set[DocumentId] = set()
        self._work = asyncio.Event()
        self._news = asyncio.Event()
        self._refused: set[DocumentId] = set()
        self._informed = False

    # -- what is asked of it ------------------------------------------------------------------------

    def is_asleep(self, shared: SharedFile) -> bool:
        """Whether the file is known to be what all have written."""
        wakes = shared.document in self._due or shared.document in self._waking
        return self._informed and shared.rest is not None and not wakes

    def is_refused(self, shared: SharedFile) -> bool:
        """Whether the service does not let us read the document."""
        return shared.document in self._refused

    def changed(self, document: DocumentId | None) -> None:
        """The service says that somebody has written this document, or that anything may have happened."""
        if document is None:
            self._news.set()
            return
        shared = self._files.of(document)
        if shared is not None:
            shared.used()  # Somebody is at work on it: there is more to come.
            if shared.room is None:
                self._wake(shared, "service")

    async def run(self) -> None:
        """Wake and lay down until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_informed())
            tasks.create_task(self._keep_looking())
            for _ in range(AT_ONCE):
                tasks.create_task(self._keep_waking())

    # -- waking -------------------------------------------------------------------------------------

    def _wake(self, shared: SharedFile, by: str) -> None:
        if shared.document not in self._due:
            WAKINGS.labels(by).inc()
            self._due[shared.document] = None
            self._work.set()

    async def _keep_informed(self) -> None:
        """A notice may have been missed while there was no stream: ask after each login, once for all documents."""
        while True:
            stream = await self._client.stream()
            self._news.clear()
            await self._ask_until_answered()
            told = asyncio.create_task(self._until_told())
            watched: list[asyncio.Future[Any]] = [told, stream.ended]
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            await ended(told)
            self._informed = not stream.ended.done()
            await asyncio.sleep(SPREAD * self._chance())

    async def _until_told(self) -> None:
        await self._news.wait()

    async def _ask_until_answered(self) -> None:
        retry = Retry()
        while not await self._tried(self._ask()):
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())
        self._informed = True

    async def _ask(self) -> None:
        versions = await self._service.versions()
        self._refused = {each.document for each in self._files} - versions.keys()
        for shared in self._files:
            version = versions.get(shared.document)
            # In an open one the voice has the last word, which does not tell an owner from an editor.
            if version is not None and version.role.may_write == shared.link.role.may_write:
                shared.heard_role(version.role)
        sleeping = [each for each in self._files if each.room is None]
        stamps = await self._stamps(sleeping)
        for shared in sleeping:
            now = versions.get(shared.document)
            if now is not None:
                shared.heard_role(now.role)
            asleep = _asleep(shared, stamps.get(shared.document))
            if shared.room is None and must_wake(asleep, None if now is None else now.version):
                self._wake(shared, "service")

    async def _keep_waking(self) -> None:
        """One of a few who do this: what has changed meanwhile, on all the disk, does not come all at once."""
        while True:
            await self._work.wait()
            if not self._due:
                self._work.clear()
                continue
            document = next(iter(self._due))
            del self._due[document]
            self._waking.add(document)
            shared = self._files.of(document)
            if shared is not None and shared.room is None:
                await self._tried(self._open(shared))
            self._waking.discard(document)

    async def _open(self, shared: SharedFile) -> None:
        """What has not been used lately only catches up, and goes on sleeping."""
        shared.catching_up = time.monotonic() - shared.last_use > self._quiet
        await asyncio.wait([self._opening.soon(shared)], timeout=WAKING)
        await self._lay_down_if_quiet(shared)

    # -- falling asleep -----------------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._look_every)
            await self._tried(self._look())

    async def _look(self) -> None:
        stamps = await self._stamps(self._resting())
        for shared in self._resting():
            if has_changed(_asleep(shared, stamps.get(shared.document))):
                shared.used()
                self._wake(shared, "file")
        for shared in self._files:
            await self._lay_down_if_quiet(shared)

    def _resting(self) -> list[SharedFile]:
        return [
            each
            for each in self._files
            if each.room is None and each.rest is not None and each.document not in self._refused
        ]

    async def _lay_down_if_quiet(self, shared: SharedFile) -> None:
        room = shared.room
        if not isinstance(room, LinkedRoom) or not room.ready:
            return
        if may_sleep(self._facts(shared, room, frozenset()), self._quiet):
            await self._tried(self._lay_down(shared))
            if shared.room is None:
                self._wake_again(shared)
                return
            shared.used()  # Something is in its way: not again at once.
        shared.enter()

    def _wake_again(self, shared: SharedFile) -> None:
        """Something happened in the moment of falling asleep."""
        if shared.rest is None and shared.document not in self._refused:
            self._wake(shared, "service")

    async def _lay_down(self, shared: SharedFile) -> None:
        busy = await self._ydoc.busy_kernels()
        await self._ydoc.lay_down(
            shared.link.room_id, lambda room: self._comes_to_rest(shared, room, busy)
        )

    async def _comes_to_rest(
        self, shared: SharedFile, room: LinkedRoom, busy: frozenset[str]
    ) -> bool:
        """Nobody can open the room meanwhile, but somebody who has it may write."""
        facts = self._facts(shared, room, busy)
        if not may_sleep(facts, self._quiet):
            return False
        # First: what is committed from here on, the service tells us of.
        await shared.withdraw()
        now = None if facts.refused else await self._caught_up(shared)
        if now is None:
            self._refused.add(shared.document)
            return True
        shared.steady = True
        await room.save_changes()
        stamp = await self._ydoc.stamp(room.path)
        saved = await room.is_saved()
        still = may_sleep(self._facts(shared, room, busy), self._quiet)
        if stamp is None or not (saved and still and shared.steady):
            return False
        shared.settle(Rest(now.version, stamp))
        return True

    async def _caught_up(self, shared: SharedFile) -> Version | None:
        """Have everything that there was at this version, and give what is ours; None if it is not ours to read."""
        assert shared.network is not None  # noqa: S101 - the room is open
        async with asyncio.timeout(PATIENCE):
            now = (await self._service.versions(shared.document)).get(shared.document)
            if now is not None:
                await shared.network.catch_up()
        return now

    def _facts(self, shared: SharedFile, room: LinkedRoom, busy: frozenset[str]) -> Awake:
        network = shared.network
        return Awake(
            browsers=room.browsers,
            kernel_busy=bool(busy) and (room.lent or room.path in busy),
            quiet_for=time.monotonic() - shared.last_use,
            waiting_bytes=0 if network is None else network.unsaved.size,
            refused=network is not None and network.state == "refused",
        )

    async def _stamps(self, files: Iterable[SharedFile]) -> dict[DocumentId, str | None]:
        paths = {
            each.document: path
            for each in files
            if (path := self._ydoc.path(each.link.file_id)) is not None
        }
        return await self._ydoc.stamps(paths)

    async def _tried(self, doing: Coroutine[Any, Any, None]) -> bool:
        """Whether it went well. In a task of its own: AnyIO keeps a thread for as long as the task that needed it."""
        try:
            await asyncio.create_task(doing)
        except (BridgeError, TimeoutError) as error:
            log.info("not asleep, or not informed: reason=%r", error)
        except Exception:  # whatever it was, the others go on
            log.exception("neither asleep nor awake as it should be")
        else:
            return True
        return False


def _asleep(shared: SharedFile, stamp: str | None) -> Asleep:
    return Asleep(shared.rest, shared.can_begin, stamp)
