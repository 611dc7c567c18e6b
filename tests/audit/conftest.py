"""A record with something in it, and an export of it that was checked elsewhere."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.audit.checkpoints import Checkpoints
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.export import Exporting, Wanted
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.proofs import Proofs
from xmpp_bridge.audit.reading import Reading
from xmpp_bridge.audit.recording import record
from xmpp_bridge.audit.sequencer import Sequencer
from xmpp_bridge.audit.verify import main
from xmpp_bridge.storage.engine import writing

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
ORIGIN = "montague.lit/record"
ORCHARD = "a" * 32


def said(body: str, at: datetime = NOON, **more: object) -> Event:
    content = {"body": body, "sender": "romeo@montague.lit", "stanza_id": "1"}
    given = {"account": 1, "room": ORCHARD, **more}
    return Event(Kind.CHAT, "message", at, content=content, words=body, **given)  # type: ignore[arg-type]


class Ledger:
    """A record, and what somebody elsewhere has kept of it."""

    def __init__(self, engine: AsyncEngine, folder: Path) -> None:
        self.engine = engine
        self.folder = folder
        self.sequencer = Sequencer(engine)
        self.reading, self.proofs = Reading(engine), Proofs(engine)
        self.signer = Signer(ORIGIN, Ed25519PrivateKey.generate())
        self.kept = folder / "checkpoints"
        self.key = folder / "key"
        self.key.write_text(self.signer.verifier)
        self.checkpoints = Checkpoints(engine, self.sequencer, self.signer, self.kept, lambda: NOON)

    async def record(self, *events: Event) -> None:
        async with writing(self.engine) as connection:
            await record(connection, events)

    async def fill(self, count: int, *, sign_every: int = 0) -> None:
        """So many messages, signed every so often and at the end."""
        lines = [
            said(f"line {number}", NOON + timedelta(seconds=number)) for number in range(count)
        ]
        for start in range(0, count, sign_every or count):
            await self.record(*lines[start : start + (sign_every or count)])
            await self.checkpoints.sign()

    async def export(self, first: int = 0, filters: Filters | None = None) -> list[str]:
        """The lines of an export of all there is."""
        size = await self.proofs.size()
        wanted = Wanted(filters or Filters(), EVERYTHING, first, size)
        pieces = Exporting(self.reading, self.proofs, ORIGIN).jsonl(wanted)
        return "".join([piece.text async for piece in pieces]).splitlines()

    async def verdict(
        self, lines: list[str] | None = None, stream: Path | None = None
    ) -> tuple[int, str]:
        """What `verify` says of an export, with what was kept elsewhere."""
        path = self.folder / "export.jsonl"
        path.write_text("\n".join(lines or await self.export()) + "\n")
        out = io.StringIO()
        given = [str(path), "--checkpoint", str(self.kept), "--key", str(self.key)]
        given += [] if stream is None else ["--stream", str(stream)]
        return main(given, out), out.getvalue().strip()


@pytest.fixture
def ledger(engine: AsyncEngine, tmp_path: Path) -> Ledger:
    return Ledger(engine, tmp_path)
