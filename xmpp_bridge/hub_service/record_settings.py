"""What can be set about the record."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from traitlets import Bool, Dict, Int, TraitError, Unicode, validate
from traitlets.config import Configurable

from xmpp_bridge.audit.stanza import policy_to_xml

POLICY = "What is said and changed here is recorded, with who did it. Auditors named by this hub may read it."


@dataclass(frozen=True)
class RecordSettings:
    """The same, as plain values."""

    on: bool = True
    policy: str = POLICY
    checkpoint_every: timedelta = timedelta(minutes=1)
    retention: timedelta | None = None
    """After so long what people wrote is destroyed."""
    witness: str = ""
    stream: str = ""
    rooms_of_auditors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def to_xml(self) -> ET.Element | None:
        """What XMPP clients may know of it."""
        return policy_to_xml(self.retention, self.policy) if self.on else None


class RecordTraits(Configurable):
    """Settings of the service that are about the record."""

    record = Bool(
        default_value=True,
        help="Record who said and changed what, provably: docs/audit.md. Members are told.",
    ).tag(config=True)
    record_policy = Unicode(
        POLICY, help="What members read about it, in the room's description and in the lab."
    ).tag(config=True)
    record_checkpoint_seconds = Int(
        60, help="How often the record is signed; what is newer cannot be proven yet."
    ).tag(config=True)
    record_retention_days = Int(
        0, help="After so many days the content of what people wrote is destroyed; 0 keeps it."
    ).tag(config=True)
    record_witness_url = Unicode(
        help="A witness elsewhere that signs checkpoints, too (C2SP tlog-witness)."
    ).tag(config=True)
    record_stream = Unicode(
        help="Where each entry is told of as a JSON event, without its content: a file, or syslog://host:port."
    ).tag(config=True)
    auditor_rooms = Dict(
        help="Auditors who may see some rooms only: the ids of these by the auditor's hub name."
    ).tag(config=True)

    @validate("record_checkpoint_seconds")
    def _often(self, proposal: dict[str, int]) -> int:
        if proposal["value"] <= 0:
            raise TraitError("a period is longer than nothing")
        return proposal["value"]

    @validate("record_retention_days")
    def _no_less(self, proposal: dict[str, int]) -> int:
        if proposal["value"] < 0:
            raise TraitError("content is kept for some days; 0 keeps it for ever")
        return proposal["value"]

    def record_settings(self) -> RecordSettings:
        days = self.record_retention_days
        return RecordSettings(
            on=self.record,
            policy=self.record_policy,
            checkpoint_every=timedelta(seconds=self.record_checkpoint_seconds),
            retention=timedelta(days=days) if days else None,
            witness=self.record_witness_url,
            stream=self.record_stream,
            rooms_of_auditors=dict(self.auditor_rooms),
        )
