"""The paths of restoring, as the OpenAPI document has them."""

from __future__ import annotations

from typing import Any

_STEP = {"type": "integer", "minimum": 0, "description": "A step of the time line."}
_REFUSED = {
    "description": "Refused: why.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_DONE = {
    "description": "What undoes it; null where nothing had to be changed.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["id", "changed"],
                "properties": {
                    "id": {"type": ["string", "null"]},
                    "changed": {"type": "boolean"},
                },
            }
        }
    },
}


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _post(summary: str, required: list[str], **properties: Any) -> dict[str, Any]:
    body = {"type": "object", "required": required, "properties": properties}
    return {
        "parameters": [_parameter("document")],
        "post": {
            "summary": summary,
            "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
            "responses": {"201": _DONE, "default": _REFUSED},
        },
    }


RESTORING_PATHS: dict[str, Any] = {
    "/xmpp-bridge/api/documents/{document}/restorations": _post(
        "Make the document, or these cells of it, what it was after a step, by an edit of the owner's.",
        ["moment"],
        moment=_STEP,
        cells={"type": ["array", "null"], "items": {"type": "string"}},
    ),
    "/xmpp-bridge/api/documents/{document}/roll-backs": _post(
        "Take back what one person, or everybody, did after one step and up to another; what others did stays.",
        ["after", "through"],
        after=_STEP,
        through=_STEP,
        hub_user={"type": ["string", "null"], "description": "null: everybody's edits."},
    ),
    "/xmpp-bridge/api/documents/{document}/restorations/{number}": {
        "parameters": [_parameter("document"), _parameter("number")],
        "delete": {
            "summary": "Undo a restoration or roll-back, by one more edit.",
            "responses": {"204": {"description": "Undone."}, "default": _REFUSED},
        },
    },
}
