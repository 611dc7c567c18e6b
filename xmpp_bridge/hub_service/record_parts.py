"""The parts of the record, built and joined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.proofs import Proofs
from xmpp_bridge.audit.recording import record_alone
from xmpp_bridge.hub_service.record_keeper import Policy, RecordKeeper
from xmpp_bridge.hub_service.record_witness import HttpWitness
from xmpp_bridge.hub_service.settings import Settings


class RecordingEjabberd(EjabberdApi):
    """Enters whom it has thrown out."""

    def __init__(self, engine: AsyncEngine, *given: Any) -> None:
        super().__init__(*given)
        self._engine = engine

    async def kick(self, localpart: str, resource: str | None, reason: str) -> None:
        await super().kick(localpart, resource, reason)
        content = {"localpart": localpart, "resource": resource, "reason": str(reason)}
        await record_alone(self._engine, Event(Kind.KICK, "ended", content=content))


def record_keeper(
    engine: AsyncEngine, settings: Settings, now: Callable[[], datetime]
) -> RecordKeeper:
    """The record as it was set up."""
    chosen = settings.record
    policy = Policy(
        settings.domain,
        settings.state,
        chosen.checkpoint_every,
        chosen.retention,
        chosen.policy,
        chosen.stream,
    )
    witness = HttpWitness(chosen.witness, Proofs(engine)) if chosen.witness else None
    return RecordKeeper(engine, policy, now, witness)


def told(settings: Settings) -> dict[str, Any]:
    """What of the settings is recorded at each start: nothing that is secret."""
    chosen = settings.record
    days = None if chosen.retention is None else chosen.retention.days
    return {
        "record": chosen.on,
        "record_policy": chosen.policy,
        "record_checkpoint_seconds": int(chosen.checkpoint_every.total_seconds()),
        "record_retention_days": days,
        "record_witness_url": chosen.witness,
        "record_stream": chosen.stream,
        "auditor_rooms": [
            {"auditor": name, "rooms": list(rooms)}
            for name, rooms in sorted(chosen.rooms_of_auditors.items())
        ],
        "history_window_seconds": int(settings.history_window.total_seconds()),
        "credential_seconds": int(settings.credential_lifetime.total_seconds()),
        "reconcile_seconds": int(settings.reconcile_every.total_seconds()),
    }
