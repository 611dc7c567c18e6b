"""The JSON that the service takes and gives, as OpenAPI schemas; `views.py` makes it."""

from __future__ import annotations

from typing import Any

from xmpp_bridge.rooms.identifiers import MAX_NAME_LENGTH
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def record(**properties: Schema) -> Schema:
    """An object with exactly these fields in it, and maybe more in a later release."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def many(name: str) -> Schema:
    return {"type": "array", "items": ref(name)}


def said(description: str, schema: Schema = TEXT) -> Schema:
    return {**schema, "description": description}


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
    "Member": record(jid=said("Bare"), hub_user=TEXT, display_name=TEXT, role=ref("Role")),
    "Room": record(
        id=ref("Id"),
        name=TEXT,
        role={"allOf": [ref("Role")], "description": "The caller's"},
        created_at=MOMENT,
        members=many("Member"),
        documents=many("Document"),
    ),
    "Document": record(
        id=ref("Id"),
        room=ref("Id"),
        name=TEXT,
        type=ref("DocumentType"),
        format=ref("DocumentFormat"),
        role={"allOf": [ref("Role")], "description": "The caller's"},
        born=said("Whether it has a history", {"type": "boolean"}),
        creator=said("The hub user who begins its history"),
        jid=said("Its document room"),
        awareness_jid=said("The room of its cursors"),
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
    "SyncMessage": said("docs/protocol.md", {"type": "string", "contentEncoding": "binary"}),
}
