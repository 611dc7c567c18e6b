"""The JSON that the service takes and gives, as OpenAPI schemas; `views.py` makes it."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.archive.tables import Notify
from xmpp_bridge.rooms.identifiers import MAX_NAME_LENGTH
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(**properties: Schema) -> Schema:
    """An object with exactly these fields in it, and maybe more in a later release."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def said(description: str, schema: Schema = TEXT) -> Schema:
    return {**schema, "description": description}


RECORDED: Schema = {
    "type": ["object", "null"],
    "description": "By which policy what happens in it is recorded",
}
APP_PASSWORD: dict[str, Schema] = {
    "id": {"type": "integer"},
    "label": TEXT,
    "created_at": MOMENT,
    "expires_at": MAYBE_MOMENT,
    "last_used_at": MAYBE_MOMENT,
}

SCHEMAS: dict[str, Schema] = {
    "Id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "Name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH},
    "Role": {"enum": [role.value for role in Role]},
    "DocumentType": {"enum": [kind.value for kind in DocumentType]},
    "DocumentFormat": {"enum": [form.value for form in DocumentFormat]},
    "Refusal": record(
        condition=said("A stanza error condition (RFC 6120, section 8.3.3)"),
        reason=said("A sentence for people"),
    ),
    "Health": record(
        healthy={"type": "boolean"},
        troubles=said("What is not well, by part", {"type": "object"}),
    ),
    "Account": record(jid=said("Bare"), hub_user=TEXT, display_name=TEXT),
    "Me": {
        "allOf": [
            ref("Account"),
            record(admin=said("Whether the hub calls them an admin", {"type": "boolean"})),
        ]
    },
    "Member": record(jid=said("Bare"), hub_user=TEXT, display_name=TEXT, role=ref("Role")),
    "Room": record(
        id=ref("Id"),
        name=TEXT,
        role={"allOf": [ref("Role")], "description": "The caller's"},
        created_at=MOMENT,
        members=many("Member"),
        documents=many("Document"),
        recorded=RECORDED,
    ),
    "Document": record(
        id=ref("Id"),
        room=ref("Id"),
        name=TEXT,
        type=ref("DocumentType"),
        format=ref("DocumentFormat"),
        role={"allOf": [ref("Role")], "description": "The caller's"},
        born=said("Whether it has a history", {"type": "boolean"}),
        locked=said("Who lets nobody type, since when and why", {"type": ["object", "null"]}),
        creator=said("The hub user who begins its history"),
        jid=said("Its document room"),
        awareness_jid=said("The room of its cursors"),
    ),
    "Version": record(
        version=said("Another text after each change; empty as long as it has no history"),
        role={"allOf": [ref("Role")], "description": "The caller's"},
    ),
    "Admission": {
        "allOf": [
            ref("Document"),
            record(
                password=said("Of both rooms; it changes when somebody is taken out"),
                members=many("Member"),
                clients={
                    "type": "object",
                    "additionalProperties": TEXT,
                    "description": "Whose each Yjs client id is: a bare JID",
                },
            ),
        ]
    },
    "Credential": record(
        account=ref("Account"),
        resource=said("The XMPP resource to bind"),
        password=said("A JWT, for SASL PLAIN over TLS"),
        expires_at=MOMENT,
        renew_after_seconds={"type": "integer"},
        xmpp=record(
            domain=TEXT,
            host=TEXT,
            port={"type": "integer"},
            ca_pem=said(
                "The CA of the XMPP server; null for the system's own", {"type": ["string", "null"]}
            ),
            service_jid=said("Who speaks for the service, bare"),
            documents=said("The MUC service of document rooms"),
            awareness=said("The MUC service of cursors"),
            rooms=said("The MUC service of chats"),
        ),
    ),
    "Login": record(
        jid=TEXT,
        host=said("Where XMPP clients connect"),
        port=said("With STARTTLS", {"type": "integer"}),
        direct_tls_port=said(
            "For clients that begin with TLS (XEP-0368); null if there is none",
            {"type": ["integer", "null"]},
        ),
        websocket=said("For clients in a browser (RFC 7395); null if there is none", MAYBE),
        uri=said("The address as an `xmpp:` link (RFC 5122)"),
    ),
    "AppPassword": record(**APP_PASSWORD),
    "NewAppPassword": record(
        **APP_PASSWORD,
        password=said("For SASL PLAIN over TLS; never shown again"),
        login=ref("Login"),
    ),
    "Mark": record(
        read=said("The newest message that was read on any device; null for none", MAYBE),
        unread={"type": "integer"},
        mentions=said("How many of them name the caller", {"type": "integer"}),
        notify=ref("Notify"),
    ),
    "Notify": {"type": "string", "enum": list(Notify)},
    "ChatRoom": {
        "allOf": [
            record(
                id=ref("Id"),
                name=TEXT,
                role={"allOf": [ref("Role")], "description": "The caller's"},
                jid=said("The chat room"),
                direct=said("The other one, where two people write to each other", MAYBE),
                recorded=RECORDED,
                members=many("Member"),
                documents={
                    "type": "array",
                    "items": record(id=ref("Id"), name=TEXT, type=ref("DocumentType")),
                },
            ),
            ref("Mark"),
        ]
    },
    "Sender": record(
        username=said("The hub user; null for somebody the hub does not know", MAYBE),
        display_name=TEXT,
        jid=said("The bare JID that the XMPP server vouches for"),
        me={"type": "boolean"},
    ),
    "Message": record(
        id=said("The stanza-id that the room gave; grows with time"),
        client_id=said("What the caller called it; null for others' messages", MAYBE),
        origin=said("What its sender called it", MAYBE),
        room=ref("Id"),
        time=MOMENT,
        sender=ref("Sender"),
        body=said("Plain text, styled as XEP-0393 has it"),
        reply_to=said(
            "The message it answers: id, display_name, body", {"type": ["object", "null"]}
        ),
        edited=said("When it was corrected last", MAYBE),
        retracted=said("Who took it back, and why", {"type": ["object", "null"]}),
        reactions={"type": "array", "items": {"type": "object"}},
        mentions=said("Bare JIDs", {"type": "array", "items": TEXT}),
        cell=said("The cell that it is about", {"type": ["object", "null"]}),
        attachments=said(
            "Files: url, name, size in bytes, type", {"type": "array", "items": {"type": "object"}}
        ),
        encryption=said(
            "How it is encrypted for others than the hub; its body is empty then", MAYBE
        ),
        state={"type": "string", "enum": ["sent", "delivered"]},
    ),
    "Page": record(
        messages=many("Message"),
        first=said("There is nothing older", {"type": "boolean"}),
        last=said("There is nothing newer", {"type": "boolean"}),
    ),
    "Upload": record(
        id=ref("Id"),
        url=said("Where it can be read; within this hub if there is no host in it", TEXT),
        name=TEXT,
        size=said("In bytes", {"type": "integer"}),
        type=said("What it claims to be (RFC 2046)", TEXT),
    ),
    "Found": record(
        hits={
            "type": "array",
            "items": record(
                room=ref("Id"),
                message=ref("Message"),
                snippet={"type": "array", "items": record(text=TEXT, hit={"type": "boolean"})},
            ),
        },
        cursor=said("For the next page; null if there is none", MAYBE),
        total_at_least={"type": "integer"},
        problems=said(
            "What is wrong with the question, and at which character",
            {"type": "array", "items": record(at={"type": "integer"}, text=TEXT)},
        ),
    ),
    "RelayMessage": said("docs/protocol.md", {"type": "string", "contentEncoding": "binary"}),
    "SyncMessage": said("docs/protocol.md", {"type": "string", "contentEncoding": "binary"}),
}
