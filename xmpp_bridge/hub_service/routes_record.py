"""The paths of the record."""

from __future__ import annotations

from collections.abc import Mapping

from tornado.web import RequestHandler

from xmpp_bridge.hub_service.handlers.audit import (
    CheckpointHandler,
    CheckpointsHandler,
    ConsistencyHandler,
    EntriesHandler,
    EntryHandler,
    ExportHandler,
    InclusionHandler,
    KeyHandler,
    SigningHandler,
)
from xmpp_bridge.hub_service.handlers.audit_pages import (
    AuditEntryPageHandler,
    AuditExportsPageHandler,
    AuditRoomPageHandler,
    AuditSearchPageHandler,
)

RECORD_ROUTES: Mapping[str, type[RequestHandler]] = {
    "/api/record/key": KeyHandler,
    "/api/record/checkpoint": CheckpointHandler,
    "/api/record/checkpoints": CheckpointsHandler,
    "/api/record/proofs/inclusion/{index}": InclusionHandler,
    "/api/record/proofs/consistency": ConsistencyHandler,
    "/api/audit/entries": EntriesHandler,
    "/api/audit/entries/{index}": EntryHandler,
    "/api/audit/export": ExportHandler,
    "/api/audit/checkpoint": SigningHandler,
}

RECORD_PAGES: Mapping[str, type[RequestHandler]] = {
    "/audit": AuditSearchPageHandler,
    "/audit/rooms/([^/]+)": AuditRoomPageHandler,
    "/audit/entries/([^/]+)": AuditEntryPageHandler,
    "/audit/exports": AuditExportsPageHandler,
}
