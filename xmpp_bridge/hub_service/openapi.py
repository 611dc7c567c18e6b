"""The service's REST API as an OpenAPI 3.1 document."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.documents.sync import CONTENT_TYPE
from xmpp_bridge.hub_service.openapi_schemas import SCHEMAS, TEXT, Schema, many, record, ref
from xmpp_bridge.hub_service.scopes import CREDENTIALS, METRICS, ROOMS_READ, ROOMS_WRITE

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
    "/api/openapi.json": path(get=open_to_all("This document", answer(200, {"type": "object"}))),
    "/api/me": path(get=needing(ROOMS_READ, "The caller's account", answer(200, ref("Account")))),
    "/api/credentials": path(
        post={
            **needing(
                CREDENTIALS,
                "What the calling Jupyter server logs in to XMPP with",
                answer(201, ref("Credential")),
                description="Only for the token that the hub gave to a running Jupyter server, in"
                " the Authorization header. The hub is asked about it every time.",
            ),
            "security": [{"hubToken": [CREDENTIALS]}],
        }
    ),
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
}

PARAMETERS: dict[str, Any] = {
    "room": {"name": "room", "in": "path", "required": True, "schema": ref("Id")},
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
            "schemas": SCHEMAS,
            "parameters": PARAMETERS,
            "securitySchemes": SECURITY,
            "responses": {
                "Refusal": {"description": "Why not", **content(ref("Refusal"))},
            },
        },
    }
