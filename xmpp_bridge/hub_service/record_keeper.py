"""Runs the record: gives entries their places, signs, destroys what is too old, and tells whoever watches."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit.checkpoints import Checkpoints, Witness
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.export import Exporting
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.proofs import Proofs
from xmpp_bridge.audit.reading import Reading
from xmpp_bridge.audit.recording import record_alone
from xmpp_bridge.audit.retention import Retention
from xmpp_bridge.audit.sequencer import Sequencer
from xmpp_bridge.ejabberd.private_file import write_private
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.record_baseline import baseline
from xmpp_bridge.hub_service.record_stream import Stream

log = logging.getLogger(__name__)

SEQUENCE_EVERY = 1.0
KEY = "record-key.pem"
CHECKPOINTS = "record-checkpoints"


@dataclass(frozen=True)
class Policy:
    """What the administrator has decided about the record."""

    domain: str
    state: Path
    checkpoint_every: timedelta
    retention: timedelta | None
    """After so long what people wrote is destroyed, if nothing holds it."""
    text: str
    """For members: why rooms are recorded, and who may look."""
    stream: str = ""
    """Where else each entry is told of."""

    def told(self) -> dict[str, Any]:
        """What members are told of a room that is recorded."""
        days = None if self.retention is None else self.retention.days
        return {"policy": self.text, "kept_days": days}


class RecordKeeper:
    """All parts of the record, joined."""

    def __init__(
        self,
        engine: AsyncEngine,
        policy: Policy,
        now: Callable[[], datetime],
        witness: Witness | None = None,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._now = now
        origin = f"{policy.domain}/xmpp-bridge-record"
        self._stream = Stream()
        self.sequencer = Sequencer(engine, told=self._stream.tell)
        self.reading = Reading(engine)
        self.proofs = Proofs(engine)
        self.retention = Retention(engine)
        self.exporting = Exporting(self.reading, self.proofs, origin)
        signer = Signer(origin, signing_key(policy.state / KEY))
        file = policy.state / CHECKPOINTS
        self.checkpoints = Checkpoints(engine, self.sequencer, signer, file, now, witness)

    @property
    def told(self) -> dict[str, Any]:
        """What members are told."""
        return self._policy.told()

    async def run(self, settings: dict[str, Any]) -> None:
        """Keep the record until cancelled."""
        await self._begin_when_it_can(settings)
        with self._stream.streaming(self._policy.stream):
            async with asyncio.TaskGroup() as tasks:
                self._start(tasks)

    def _start(self, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(self._sequence())
        tasks.create_task(self._sign())
        tasks.create_task(self._expire())

    async def _begin_when_it_can(self, settings: dict[str, Any]) -> None:
        while True:
            try:
                await self.begin(settings)
            except AWAY as error:
                log.warning("record not begun yet: reason=%s", refusal(error))
            else:
                return
            await asyncio.sleep(SEQUENCE_EVERY)

    async def begin(self, settings: dict[str, Any]) -> None:
        """Note what was there before there was a record, and how the service was started."""
        behind = await self.checkpoints.behind()
        if behind:
            log.error("record is shorter than it was, the database is an older one: by=%d", behind)
        await baseline(self._engine)
        content = {**settings, "behind": behind}
        await record_alone(self._engine, Event(Kind.SETTING, "started", content=content))

    async def _sequence(self) -> None:
        while True:
            try:
                await self.sequencer.run(SEQUENCE_EVERY)
            except AWAY as error:
                log.warning("entries wait for their places: reason=%s", refusal(error))
            await asyncio.sleep(SEQUENCE_EVERY)

    async def _sign(self) -> None:
        while True:
            try:
                await self.checkpoints.sign()
            except AWAY as error:
                log.warning("no checkpoint: reason=%s", refusal(error))
            await asyncio.sleep(self._policy.checkpoint_every.total_seconds())

    async def _expire(self) -> None:
        while self._policy.retention is not None:
            try:
                gone = await self.retention.expire(self._now() - self._policy.retention)
                if gone:
                    log.info("content destroyed: entries=%d", gone)
            except AWAY as error:
                log.warning("nothing destroyed: reason=%s", refusal(error))
            await asyncio.sleep(timedelta(hours=1).total_seconds())


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key of the record, made when there is none yet."""
    if not path.exists():
        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_private(path, pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path.name} is no Ed25519 key")
    return key
