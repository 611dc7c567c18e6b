"""The extension's REST API as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from typing import Any

from xmpp_bridge import __version__
from xmpp_bridge.server_extension.openapi_restoring import RESTORING_PATHS
from xmpp_bridge.server_extension.shared_paths import SHARED_PATHS

_STATUS = {("POST", "rooms/{room}/links"): "201"}
TEXT = {"type": "string"}
ROLE = {"type": "string", "enum": ["owner", "editor", "viewer"]}
DOCUMENT_ID = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
ERROR = {
    "type": "object",
    "required": ["condition", "reason"],
    "properties": {
        "condition": TEXT | {"description": "A stanza error condition (RFC 6120, section 8.3.3)."},
        "reason": TEXT | {"description": "What is wrong and what to do, in plain English."},
    },
}
UPLOAD = {
    "type": "object",
    "required": ["url", "name", "size", "type"],
    "properties": {
        "url": TEXT
        | {"description": "Where it can be read; on this hub if there is no host in it."},
        "name": TEXT,
        "size": {"type": "integer", "description": "In bytes."},
        "type": TEXT,
    },
}
TAKEN = {
    "type": "object",
    "required": ["document", "name", "room", "path", "aside"],
    "properties": {
        "document": DOCUMENT_ID,
        "name": TEXT,
        "room": TEXT | {"description": "What its room is called."},
        "path": TEXT | {"description": "Where it was."},
        "aside": {
            "type": ["string", "null"],
            "description": "Where it is now, on this server's disk; null while it is under way.",
        },
    },
}
LINKED_FILE = {
    "type": "object",
    "required": ["document", "room", "name", "type", "format", "path", "role", "state"],
    "properties": {
        "document": DOCUMENT_ID,
        "room": DOCUMENT_ID,
        "name": TEXT,
        "type": {"type": "string", "enum": ["notebook", "file"]},
        "format": {"type": "string", "enum": ["json", "text"]},
        "path": {"type": ["string", "null"], "description": "Where the file is on this server."},
        "file_id": TEXT,
        "role": ROLE,
        "state": {
            "type": "string",
            "description": "`asleep`: nobody uses it here, its file is as all have written it, and nothing waits.",
            "enum": ["live", "syncing", "asleep", "offline", "waiting", "file-missing", "refused"],
        },
        "waiting_bytes": {
            "type": "integer",
            "description": "What was typed here and is not yet known to be saved in the room.",
        },
        "trouble": {"oneOf": [ERROR, {"type": "null"}]},
    },
}


def describe() -> dict[str, Any]:
    """The document, as `/xmpp-bridge/api/openapi.json` serves it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xmpp_bridge in a Jupyter server",
            "version": __version__,
            "description": "Acts for the owner of the server only.",
        },
        "paths": {
            "/xmpp-bridge/api/status": {"get": _operation("Whether this server is connected.")},
            "/xmpp-bridge/api/openapi.json": {"get": _operation("This document.")},
            "/xmpp-bridge/api/documents": {
                "get": _operation("The linked files of this server.", _list("documents")),
                "post": _operation(
                    "Share a file into a room (`path`, `room`), or join a document (`document`, `path`).",
                    LINKED_FILE,
                    status="201",
                    body={
                        "type": "object",
                        "properties": {"path": TEXT, "room": DOCUMENT_ID, "document": DOCUMENT_ID},
                    },
                ),
            },
            "/xmpp-bridge/api/documents/{document}": {
                "parameters": [_parameter("document")],
                "get": _operation("One linked file.", LINKED_FILE),
                "delete": _operation(
                    "Leave the document; the file stays unless `file=delete`.", status="204"
                )
                | {
                    "parameters": [
                        {
                            "name": "file",
                            "in": "query",
                            "schema": {"type": "string", "enum": ["keep", "delete"]},
                        }
                    ]
                },
            },
            "/xmpp-bridge/api/people": {
                "get": _operation("People of whom the owner may know, as the hub service says.")
                | {"parameters": [{"name": "q", "in": "query", "schema": TEXT}]},
            },
            "/xmpp-bridge/api/people/{hub_user}": {
                "parameters": [_parameter("hub_user")],
                "get": _operation("One of them; nobody else exists."),
            },
            "/xmpp-bridge/api/presence": {
                "get": _operation("How the owner wants to be seen."),
                "put": _operation(
                    "Be seen like this from now on: auto, dnd, away or hidden.",
                    body={"type": "object", "required": ["choice"], "properties": {"choice": TEXT}},
                ),
            },
            "/xmpp-bridge/api/rooms/{room}/presence": {
                "parameters": [_parameter("room")],
                "put": _operation(
                    "Whether those in the room may know what the owner has open of it.",
                    body={
                        "type": "object",
                        "required": ["tells_place"],
                        "properties": {"tells_place": {"type": "boolean"}},
                    },
                ),
            },
            "/xmpp-bridge/api/rooms": {
                "get": _operation("The rooms of the owner, as the hub service gives them."),
                "post": _operation(
                    "Make a room.",
                    status="201",
                    body={"type": "object", "required": ["name"], "properties": {"name": TEXT}},
                ),
            },
            "/xmpp-bridge/api/rooms/{room}/members/{hub_user}": {
                "parameters": [_parameter("room"), _parameter("hub_user")],
                "put": _operation(
                    "Give a hub user a role in a room.",
                    body={"type": "object", "required": ["role"], "properties": {"role": ROLE}},
                ),
                "delete": _operation("Remove a member.", status="204"),
            },
            "/xmpp-bridge/api/rooms/{room}/uploads": {
                "parameters": [_parameter("room")],
                "post": _operation(
                    "Put the body into a room as a file called `name`; its members can then read it.",
                    UPLOAD,
                    status="201",
                )
                | {
                    "parameters": [
                        {"name": "name", "in": "query", "required": True, "schema": TEXT}
                    ],
                    "requestBody": {"required": True, "content": {"*/*": {}}},
                },
            },
            "/xmpp-bridge/api/rooms/{room}/uploads/{upload}/{name}": {
                "parameters": [_parameter("room"), _parameter("upload"), _parameter("name")],
                "get": _operation("A file of a room.")
                | {"responses": {"200": {"description": "The file.", "content": {"*/*": {}}}}},
            },
            "/xmpp-bridge/api/uploads/{upload}/{name}": {
                "parameters": [_parameter("upload"), _parameter("name")],
                "get": _operation("A file that somebody's XMPP client has put at the service.")
                | {"responses": {"200": {"description": "The file.", "content": {"*/*": {}}}}},
            },
            **_shared_paths(),
            "/xmpp-bridge/api/taken": {
                "get": _operation(
                    "Files of this server that were put aside since their rooms take them back from"
                    " whoever is taken out; until the owner has read of them.",
                    {
                        "type": "object",
                        "required": ["taken"],
                        "properties": {"taken": {"type": "array", "items": TAKEN}},
                    },
                )
            },
            "/xmpp-bridge/api/taken/{document}": {
                "parameters": [_parameter("document")],
                "delete": _operation(
                    "Say that one was read of; the file stays where it is.", status="204"
                ),
            },
            **RESTORING_PATHS,
            "/xmpp-bridge/api/folders": {
                "get": _operation("The shared folders of this server, and their rooms."),
                "post": _operation(
                    "Share every notebook and text file below a folder, and what comes into it.",
                    {
                        "type": "object",
                        "required": ["path", "room", "shared", "refused"],
                        "properties": {
                            "path": TEXT,
                            "room": DOCUMENT_ID,
                            "shared": {"type": "array", "items": TEXT},
                            "refused": {"type": "object", "additionalProperties": TEXT},
                        },
                    },
                    status="201",
                    body={
                        "type": "object",
                        "required": ["path", "room"],
                        "properties": {"path": TEXT, "room": DOCUMENT_ID},
                    },
                ),
                "delete": _operation(
                    "Share nothing new of a folder; what was shared stays shared.", status="204"
                )
                | {
                    "parameters": [
                        {"name": "path", "in": "query", "required": True, "schema": TEXT}
                    ]
                },
            },
        },
        "components": {"schemas": {"LinkedFile": LINKED_FILE, "Error": ERROR}},
    }


def _shared_paths() -> dict[str, Any]:
    """What passes through to the service, whose OpenAPI document says what it takes and gives."""
    return {
        f"/xmpp-bridge/api/{path}": {
            "parameters": [_parameter(name) for name in re.findall(r"{(\w+)}", path)],
            **{
                method.lower(): _operation(
                    f"As the hub service's `{method} /api/{path}`, in the owner's name.",
                    status=_STATUS.get((method, path), "204" if method == "DELETE" else "200"),
                    body=None if method in {"GET", "DELETE"} else {"type": "object"},
                )
                for method in methods
            },
        }
        for path, methods in SHARED_PATHS.items()
    }


def _operation(
    summary: str,
    answer: dict[str, Any] | None = None,
    *,
    status: str = "200",
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    good: dict[str, Any] = {"description": summary}
    if status != "204":
        good["content"] = {"application/json": {"schema": answer or {"type": "object"}}}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {
            status: good,
            "default": {
                "description": "Refused: why.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": body}},
        }
    return operation


def _list(key: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": "#/components/schemas/LinkedFile"}}
    return {"type": "object", "properties": {key: items}}


def _parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}
