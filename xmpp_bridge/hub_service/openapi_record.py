"""The paths of the record in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.audit.event import Kind
from xmpp_bridge.audit.export import Form
from xmpp_bridge.hub_service.openapi_operations import (
    answer,
    content,
    needing,
    open_to_all,
    path,
    query,
)
from xmpp_bridge.hub_service.openapi_schemas import TEXT, Schema, many, record, ref
from xmpp_bridge.hub_service.scopes import AUDIT

_NUMBER: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_NOTE = {
    "200": {"description": "A signed note (C2SP tlog-checkpoint)", **content(TEXT, "text/plain")}
}
_HASHES = answer(200, record(hashes={"type": "array", "items": TEXT}))
_FILTERS = [
    query("kind", {"enum": [str(each) for each in Kind]}),
    query("action", TEXT),
    query("room", TEXT),
    query("document", TEXT),
    query("account", _NUMBER),
    query("person", TEXT),
    query("words", TEXT),
    query("cell", TEXT),
    query("after", _MOMENT),
    query("before", _MOMENT),
]

RECORD_PATHS: dict[str, Any] = {
    "/api/record/key": path(get=open_to_all("The public key of the record", _NOTE)),
    "/api/record/checkpoint": path(get=open_to_all("The newest signed checkpoint", _NOTE)),
    "/api/record/checkpoints": path(
        get=open_to_all("Every signed checkpoint, for whoever keeps them elsewhere", _NOTE)
    ),
    "/api/record/proofs/inclusion/{index}": path(
        "index",
        get={
            **open_to_all(
                "Hashes which prove that an entry is in a tree (RFC 6962, 2.1.1)", _HASHES
            ),
            "parameters": [query("size", _NUMBER)],
        },
    ),
    "/api/record/proofs/consistency": path(
        get={
            **open_to_all("Hashes which prove that a tree goes on from another (2.1.2)", _HASHES),
            "parameters": [query("old", _NUMBER), query("size", _NUMBER)],
        }
    ),
    "/api/audit/entries": path(
        get=needing(
            AUDIT,
            "Entries of the record, newest first; that they were looked for is an entry, too",
            answer(200, record(entries=many("RecordEntry"))),
            parameters=[*_FILTERS, query("below", _NUMBER), query("limit", _NUMBER)],
        )
    ),
    "/api/audit/entries/{index}": path(
        "index", get=needing(AUDIT, "One entry", answer(200, ref("RecordEntry")))
    ),
    "/api/audit/export": path(
        get=needing(
            AUDIT,
            "All entries that are looked for, as a stream; `first` goes on where another broke off",
            {
                "200": {
                    "description": "Lines that `xmpp-bridge audit verify` checks, or a form for people",
                    "headers": {
                        "X-Record-Entries": {
                            "schema": _NUMBER,
                            "description": "How many there will be",
                        },
                        "X-Record-Size": {"schema": _NUMBER, "description": "Of which tree"},
                    },
                    **content(TEXT, "application/jsonl"),
                }
            },
            parameters=[
                *_FILTERS,
                query("first", _NUMBER),
                query("form", {"enum": [str(each) for each in Form]}),
            ],
        )
    ),
    "/api/audit/checkpoint": path(
        post=needing(AUDIT, "Sign a checkpoint of everything until now", _NOTE)
    ),
}

RECORD_SCHEMAS: dict[str, Schema] = {
    "RecordEntry": {
        "type": "object",
        "description": "docs/audit.md says what is in it; content is null once it is destroyed",
        "required": ["index", "entry", "leaf", "salt", "content", "blob"],
        "properties": {
            "index": _NUMBER,
            "entry": {"type": "object"},
            "leaf": TEXT,
            "salt": {"type": ["string", "null"]},
            "content": {"type": ["object", "null"]},
            "blob": {"type": ["string", "null"]},
        },
    }
}
