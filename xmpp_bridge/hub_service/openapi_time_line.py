"""The paths of a document's time line, and their schemas."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.documents.moments import Grain
from xmpp_bridge.documents.shown import Fate
from xmpp_bridge.hub_service.openapi_operations import (
    answer,
    content,
    needing,
    path,
    query,
    taking,
)
from xmpp_bridge.hub_service.openapi_schemas import TEXT, Schema, many, record, ref, said
from xmpp_bridge.hub_service.scopes import ROOMS_READ, ROOMS_WRITE

_STEP: Schema = {"type": "integer", "minimum": 0}
_MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
_MOMENT: Schema = {"type": "string", "format": "date-time"}

TIME_LINE_PATHS: dict[str, Any] = {
    "/api/documents/{document}/time-line": path(
        "document",
        get=needing(
            ROOMS_READ,
            "Who changed which cell when, the newest moment first",
            answer(200, ref("TimeLine")),
            description="What was done without a pause is one moment, until a quarter of an hour is over."
            " Of what is older than about 1,000 edits, each minute is told as one step.",
            parameters=[
                query("grain", {"enum": [each.value for each in Grain]}),
                query("before", said("Up to this step", _STEP)),
                query("until", said("Begun at that time at the latest", _MOMENT)),
                query("limit", {"type": "integer", "minimum": 1, "maximum": 500}),
            ],
        ),
    ),
    "/api/documents/{document}/time-line/{moment}": path(
        "document",
        "moment",
        get=needing(
            ROOMS_READ,
            "The document as it was after a step, or is `now`, beside another one, cell by cell",
            answer(200, ref("Look")),
            parameters=[query("against", said("Another step; 0 is before all", _STEP))],
        ),
    ),
    "/api/documents/{document}/time-line/{moment}/content": path(
        "document",
        "moment",
        get=needing(
            ROOMS_READ,
            "The file as it was after a step",
            answer(200, record(type={"enum": ["notebook", "file"]}, content={})),
        ),
    ),
    "/api/documents/{document}/reversal": path(
        "document",
        post=needing(
            ROOMS_WRITE,
            "A Yjs update that takes back what one person, or everybody, did after one step and up to another",
            {"200": {"description": "As asked", **content(TEXT, "application/octet-stream")}},
            description="It changes nothing until somebody who may write sends it as an edit of theirs. What"
            " others did stays. 409 conflict where it is not known any more whose an edit is.",
            **taking(
                after=_STEP,
                through=_STEP,
                hub_user=said("null: everybody's", {"type": ["string", "null"]}),
            ),
        ),
    ),
}
TIME_LINE_PARAMETERS: dict[str, Any] = {
    "moment": {
        "name": "moment",
        "in": "path",
        "required": True,
        "schema": TEXT,
        "description": "The number of a step",
    },
}
TIME_LINE_SCHEMAS: dict[str, Schema] = {
    "TimeLine": record(
        document=ref("Id"),
        name=TEXT,
        type={"enum": ["notebook", "file"]},
        role=ref("Role"),
        more={"type": "boolean"},
        moments=many("Moment"),
    ),
    "Moment": record(
        id=said("The step after which it was over", _STEP),
        after=said("The step before it", _STEP),
        began_at=_MOMENT,
        ended_at=_MOMENT,
        edits={"type": "integer"},
        people=many("MomentPerson"),
    ),
    "MomentPerson": record(hub_user=TEXT, display_name=TEXT, cells=many("MomentCell")),
    "MomentCell": record(
        id=TEXT, number=said("As it is now; null if it is gone", _MAYBE_NUMBER), beginning=TEXT
    ),
    "Look": record(
        document=ref("Id"),
        id=said("null for now", _MAYBE_NUMBER),
        against=_STEP,
        cells=many("LookCell"),
    ),
    "LookCell": record(
        id=TEXT,
        type={"enum": ["code", "markdown", "raw", "file"]},
        number=_MAYBE_NUMBER,
        fate={"enum": [each.value for each in Fate]},
        lines=said(
            "Each line of the source: what became of it (a space, + or -), and the line",
            {"type": "array", "items": {"type": "array", "items": TEXT}},
        ),
        outputs={"type": "array", "items": {"type": "object"}},
        execution_count=_MAYBE_NUMBER,
        outputs_changed={"type": "boolean"},
        metadata_changed={"type": "boolean"},
    ),
}
