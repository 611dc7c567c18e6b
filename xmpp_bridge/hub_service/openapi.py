"""The service's REST API as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.documents.sync import CONTENT_TYPE
from xmpp_bridge.hub_service.openapi_accounts import ACCOUNT_PATHS
from xmpp_bridge.hub_service.openapi_guests import GUEST_PATHS
from xmpp_bridge.hub_service.openapi_operations import (
    GONE,
    REFUSAL,
    answer,
    content,
    needing,
    open_to_all,
    path,
    query,
    taking,
    taking_some,
)
from xmpp_bridge.hub_service.openapi_presence import PRESENCE_PATHS, PRESENCE_SCHEMAS
from xmpp_bridge.hub_service.openapi_record import RECORD_PATHS, RECORD_SCHEMAS
from xmpp_bridge.hub_service.openapi_schemas import SCHEMAS, TEXT, many, record, ref
from xmpp_bridge.hub_service.openapi_sharing import (
    SHARING_PARAMETERS,
    SHARING_PATHS,
    SHARING_SCHEMAS,
)
from xmpp_bridge.hub_service.openapi_time_line import (
    TIME_LINE_PARAMETERS,
    TIME_LINE_PATHS,
    TIME_LINE_SCHEMAS,
)
from xmpp_bridge.hub_service.scopes import AUDIT, METRICS, ROOMS_READ, ROOMS_WRITE

PATHS: dict[str, Any] = {
    "/healthz": path(
        get=open_to_all(
            "Whether database, ejabberd and component are all there",
            answer(200, ref("Health")) | answer(503, ref("Health"), "Something is missing"),
        )
    ),
    "/metrics": path(
        get=needing(
            METRICS,
            "What the service counts, for Prometheus",
            {"200": {"description": "As asked", **content(TEXT, "text/plain")}},
        )
    ),
    "/host-meta": path(
        get=open_to_all(
            "Where XMPP clients in a browser connect (XEP-0156), as XML",
            {"200": {"description": "As asked", **content(TEXT, "application/xrd+xml")}},
        )
    ),
    "/host-meta.json": path(
        get=open_to_all(
            "The same as JSON",
            answer(200, record(links={"type": "array", "items": record(rel=TEXT, href=TEXT)})),
        )
    ),
    "/api/openapi.json": path(get=open_to_all("This document", answer(200, {"type": "object"}))),
    **ACCOUNT_PATHS,
    **GUEST_PATHS,
    **SHARING_PATHS,
    **RECORD_PATHS,
    **PRESENCE_PATHS,
    **TIME_LINE_PATHS,
    "/api/rooms": path(
        get=needing(
            ROOMS_READ, "The caller's rooms, oldest first", answer(200, record(rooms=many("Room")))
        ),
        post=needing(
            ROOMS_WRITE,
            "Make a room, with the caller as its owner",
            answer(201, ref("Room")),
            **taking(name=ref("Name")),
        ),
    ),
    "/api/rooms/{room}": path(
        "room",
        get=needing(ROOMS_READ, "One room", answer(200, ref("Room"))),
        patch=needing(
            ROOMS_WRITE,
            "Give the room another name; for owners",
            answer(200, ref("Room")),
            **taking(name=ref("Name")),
        ),
        delete=needing(ROOMS_WRITE, "Remove the room with its documents; for owners", GONE),
    ),
    "/api/rooms/{room}/members/{hub_user}": path(
        "room",
        "hub_user",
        put=needing(
            ROOMS_WRITE,
            "Let a hub user in, or change their role; for owners",
            answer(200, ref("Room")),
            **taking(role=ref("Role")),
        ),
        delete=needing(
            ROOMS_WRITE, "Take somebody out; for owners, and for everybody themselves", GONE
        ),
    ),
    "/api/rooms/{room}/documents": path(
        "room",
        post=needing(
            ROOMS_WRITE,
            "Put a document into the room; for editors. Only its creator begins its history",
            answer(201, ref("Document")),
            **taking(name=ref("Name"), type=ref("DocumentType"), format=ref("DocumentFormat")),
        ),
    ),
    "/api/rooms/{room}/documents/{document}": path(
        "room",
        "document",
        delete=needing(
            ROOMS_WRITE, "Take a document out of the room; for owners, and its creator", GONE
        ),
    ),
    "/api/chat/rooms": path(
        get=needing(
            ROOMS_READ,
            "The caller's rooms, with what is unread in each",
            answer(200, record(rooms=many("ChatRoom"))),
        ),
    ),
    "/api/chat/direct": path(
        post=needing(
            ROOMS_WRITE,
            "The room of the caller and one other, with whom they share a room; 201 if it is new",
            answer(200, record(room=ref("Id"))) | answer(201, record(room=ref("Id"))),
            **taking(hub_user=TEXT),
        ),
    ),
    "/api/rooms/{room}/messages": path(
        "room",
        get=needing(
            ROOMS_READ,
            "What was said: the newest, or what is next to one message",
            answer(200, ref("Page")),
            parameters=[
                *(query(name, TEXT) for name in ("before", "after", "around")),
                query("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            ],
        ),
    ),
    "/api/rooms/{room}/messages/{message}": path(
        "room",
        "message",
        get=needing(ROOMS_READ, "One message as it is now", answer(200, ref("Message"))),
        delete=needing(
            ROOMS_WRITE,
            "Take back what anybody said, as an owner of the room",
            answer(200, ref("Message")),
            parameters=[query("reason", TEXT)],
        ),
    ),
    "/api/rooms/{room}/mark": path(
        "room",
        put=needing(
            ROOMS_READ,
            "Move the mark up to which the caller has read, or change of what they are told",
            answer(200, ref("Mark")),
            **taking_some(read=TEXT, notify=ref("Notify")),
        ),
    ),
    "/api/rooms/{room}/uploads": path(
        "room",
        post=needing(
            ROOMS_WRITE,
            "Put a file into the room, whose members can then read it; durable when the answer comes",
            answer(201, ref("Upload")),
            parameters=[{**query("name", TEXT), "required": True}],
            requestBody={"required": True, **content({}, "*/*")},
        ),
    ),
    "/api/rooms/{room}/uploads/{upload}/{name}": path(
        "room",
        "upload",
        "name",
        get=needing(
            ROOMS_READ,
            "A file of the room; a browser that is not logged in is sent to the hub first",
            {"200": {"description": "The file", **content({}, "*/*")}},
        ),
    ),
    "/api/uploads/{upload}/{name}": path(
        "upload",
        "name",
        get=needing(
            ROOMS_READ,
            "A file that an XMPP client has put there (XEP-0363): for whoever put it, and for the members of rooms in"
            " which they say where it is",
            {"200": {"description": "The file", **content({}, "*/*")}},
        ),
        put={
            "summary": "Put the file there that was announced over XMPP, with the token that came with the address",
            "security": [{"slotToken": []}],
            "requestBody": {"required": True, **content({}, "*/*")},
            "responses": {"201": {"description": "It is kept"}, "default": REFUSAL},
        },
    ),
    "/api/search": path(
        get=needing(
            ROOMS_READ,
            "What was said in the caller's rooms, found by words (docs/chat.md)",
            answer(200, ref("Found")),
            parameters=[
                query("q", TEXT),
                query("room", ref("Id")),
                query("order", {"enum": ["newest", "relevance"], "default": "newest"}),
                query("cursor", TEXT),
                query("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
            ],
        ),
    ),
    "/api/documents": path(
        get=needing(
            ROOMS_READ,
            "Every document the caller may read",
            answer(200, record(documents=many("Document"))),
        )
    ),
    "/api/documents/versions": path(
        get=needing(
            ROOMS_READ,
            "What every document that the caller may read is at, by its id",
            answer(
                200, record(documents={"type": "object", "additionalProperties": ref("Version")})
            ),
            parameters=[query("document", ref("Id"))],
        )
    ),
    "/api/documents/{document}": path(
        "document",
        get=needing(
            ROOMS_READ,
            "A document, with what it takes to enter its MUC rooms",
            answer(200, ref("Admission")),
        ),
    ),
    "/api/documents/{document}/sync": path(
        "document",
        post=needing(
            ROOMS_READ,
            "Give the service what it lacks, get what the caller lacks",
            {"200": {"description": "As asked", **content(ref("SyncMessage"), CONTENT_TYPE)}},
            description="What was given is durable when the answer comes. Viewers ask with an empty"
            " update; until its creator has begun a document, others get 409 unexpected-request.",
            requestBody={"required": True, **content(ref("SyncMessage"), CONTENT_TYPE)},
        ),
    ),
    "/api/documents/{document}/relay": path(
        "document",
        post=needing(
            ROOMS_READ,
            "Bring what others wrote, the service lacks, and nobody else has any more",
            {"200": {"description": "As asked", **content(ref("SyncMessage"), CONTENT_TYPE)}},
            description="Kept and marked for good as far as the authors' own servers have been away for long;"
            " the answer's state vector tells. 409 unexpected-request: later, it does not hang together yet."
            " 429 policy-violation: too many of one document by one person.",
            requestBody={"required": True, **content(ref("RelayMessage"), CONTENT_TYPE)},
        ),
    ),
}

PARAMETERS: dict[str, Any] = {
    **SHARING_PARAMETERS,
    **TIME_LINE_PARAMETERS,
    "room": {"name": "room", "in": "path", "required": True, "schema": ref("Id")},
    "jid": {"name": "jid", "in": "path", "required": True, "schema": TEXT},
    "number": {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}},
    "index": {"name": "index", "in": "path", "required": True, "schema": {"type": "integer"}},
    "message": {"name": "message", "in": "path", "required": True, "schema": TEXT},
    "upload": {"name": "upload", "in": "path", "required": True, "schema": ref("Id")},
    "name": {
        "name": "name",
        "in": "path",
        "required": True,
        "schema": TEXT,
        "description": "For people; it does not say which file",
    },
    "document": {"name": "document", "in": "path", "required": True, "schema": ref("Id")},
    "hub_user": {
        "name": "hub_user",
        "in": "path",
        "required": True,
        "schema": TEXT,
        "description": "A hub user name, percent-encoded",
    },
}

SECURITY: dict[str, Any] = {
    "hubToken": {
        "type": "http",
        "scheme": "token",
        "description": "A JupyterHub token that may also access this service",
    },
    "slotToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "What an XMPP client is given with the address of its file (XEP-0363)",
    },
    "browser": {
        "type": "oauth2",
        "description": "JupyterHub's OAuth; whoever changes something also sends X-XSRFToken",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": "/hub/api/oauth2/authorize",
                "tokenUrl": "/hub/api/oauth2/token",
                "scopes": {
                    ROOMS_READ: "See rooms and documents",
                    ROOMS_WRITE: "Change them",
                    METRICS: "Read metrics",
                    AUDIT: "Read the record",
                },
            }
        },
    },
}


def document(prefix: str, version: str) -> dict[str, Any]:
    """The document, for a service below `prefix`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "xmpp_bridge hub service",
            "version": version,
            "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
        },
        "servers": [{"url": prefix.rstrip("/")}],
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS
            | SHARING_SCHEMAS
            | RECORD_SCHEMAS
            | PRESENCE_SCHEMAS
            | TIME_LINE_SCHEMAS,
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY,
            "responses": {
                "Refusal": {"description": "Why not", **content(ref("Refusal"))},
            },
        },
    }
