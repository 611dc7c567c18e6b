"""How the paths of the OpenAPI document are written."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.hub_service.openapi_schemas import Schema, record

Operation = dict[str, Any]

REFUSAL = {"$ref": "#/components/responses/Refusal"}
GONE = {"204": {"description": "It is gone for everybody it concerns"}}


def content(schema: Schema, kind: str = "application/json") -> dict[str, Any]:
    return {"content": {kind: {"schema": schema}}}


def answer(status: int, schema: Schema, description: str = "As asked") -> dict[str, Any]:
    return {str(status): {"description": description, **content(schema)}}


def taking(**fields: Schema) -> dict[str, Any]:
    return {"requestBody": {"required": True, **content(record(**fields))}}


def taking_some(**fields: Schema) -> dict[str, Any]:
    """A body with any of these fields."""
    schema = {"type": "object", "properties": fields}
    return {"requestBody": {"required": True, **content(schema)}}


def query(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def open_to_all(summary: str, responses: dict[str, Any]) -> Operation:
    """An operation for which nobody needs a token."""
    return {"summary": summary, "security": [], "responses": {**responses, "default": REFUSAL}}


def needing(scope: str, summary: str, responses: dict[str, Any], **more: Any) -> Operation:
    """An operation for hub tokens with this scope, a browser's among them."""
    return {
        "summary": summary,
        "security": [{"hubToken": [scope]}, {"browser": [scope]}],
        **more,
        "responses": {**responses, "default": REFUSAL},
    }


def path(*parameters: str, **operations: Operation) -> dict[str, Any]:
    references = [{"$ref": f"#/components/parameters/{name}"} for name in parameters]
    return {"parameters": references, **operations} if parameters else operations
