"""Ad-hoc commands with a form before and a note behind (XEP-0050, XEP-0004); the only file that knows their XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError

COMMANDS: Final = "http://jabber.org/protocol/commands"
INFO: Final = "http://jabber.org/protocol/disco#info"  # XEP-0030
ITEMS: Final = "http://jabber.org/protocol/disco#items"
DATA: Final = "jabber:x:data"
STANZAS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"

_MOST_FIELDS: Final = 20
_MOST_VALUE: Final = 1_000
_ACTIONS: Final = frozenset({"execute", "next", "complete", "cancel"})
_TYPES: Final = {
    "bad-request": "modify",
    "service-unavailable": "wait",
    "resource-constraint": "wait",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A step of a command; `fields` is None before a form was filled in."""

    node: str
    session: str
    cancel: bool
    fields: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Field:
    """What is to be filled in: a line of text, or one of `options` (value and label)."""

    name: str
    label: str
    options: Sequence[tuple[str, str]] | None = None
    required: bool = True


def read_asked(iq: ET.Element) -> Asked:
    """Parse what a client asks, or raise BadPayloadError."""
    command = iq.find(f"{{{COMMANDS}}}command")
    if command is None:
        raise BadPayloadError("this is no command")
    action = command.get("action", "execute")
    if action not in _ACTIONS:
        raise BadPayloadError("a command is executed, completed or cancelled")
    form = command.find(f"{{{DATA}}}x")
    fields = None if form is None or form.get("type") != "submit" else _fields(form)
    session = command.get("sessionid", "")[:64]
    return Asked(command.get("node", ""), session, action == "cancel", fields)


def _fields(form: ET.Element) -> dict[str, str]:
    found = form.findall(f"{{{DATA}}}field")
    if len(found) > _MOST_FIELDS:
        raise BadPayloadError("a form has a few fields")
    fields = {field.get("var", ""): field.findtext(f"{{{DATA}}}value") or "" for field in found}
    if any(len(value) > _MOST_VALUE for value in fields.values()):
        raise BadPayloadError(f"a field has at most {_MOST_VALUE} characters")
    return fields


def items_to_xml(jid: str, commands: Mapping[str, str]) -> ET.Element:
    """The commands of an entity by node, with what they are called (section 2.2)."""
    query = ET.Element(f"{{{ITEMS}}}query", node=COMMANDS)
    for node, name in commands.items():
        ET.SubElement(query, f"{{{ITEMS}}}item", jid=jid, node=node, name=name)
    return query


def info_to_xml(node: str, name: str) -> ET.Element:
    """One command, or the list of them (section 2.3)."""
    query = ET.Element(f"{{{INFO}}}query", node=node)
    kind = "command-list" if node == COMMANDS else "command-node"
    ET.SubElement(query, f"{{{INFO}}}identity", category="automation", type=kind, name=name)
    for feature in (COMMANDS, DATA):
        ET.SubElement(query, f"{{{INFO}}}feature", var=feature)
    return query


def form_to_xml(node: str, session: str, title: str, fields: Iterable[Field]) -> ET.Element:
    """What has to be filled in before there is an answer."""
    command = _command(node, session, "executing")
    actions = ET.SubElement(command, f"{{{COMMANDS}}}actions", execute="complete")
    ET.SubElement(actions, f"{{{COMMANDS}}}complete")
    form = ET.SubElement(command, f"{{{DATA}}}x", type="form")
    ET.SubElement(form, f"{{{DATA}}}title").text = title
    for field in fields:
        kind = "text-single" if field.options is None else "list-single"
        element = ET.SubElement(
            form, f"{{{DATA}}}field", var=field.name, type=kind, label=field.label
        )
        if field.required:
            ET.SubElement(element, f"{{{DATA}}}required")
        for value, label in field.options or ():
            option = ET.SubElement(element, f"{{{DATA}}}option", label=label)
            ET.SubElement(option, f"{{{DATA}}}value").text = value
    return command


def answer_to_xml(node: str, session: str, text: str) -> ET.Element:
    """What somebody reads when it is done."""
    command = _command(node, session, "completed")
    ET.SubElement(command, f"{{{COMMANDS}}}note", type="info").text = text
    return command


def cancelled_to_xml(node: str, session: str) -> ET.Element:
    return _command(node, session, "canceled")


def error_to_xml(error: BridgeError, namespace: str) -> ET.Element:
    """Why there is no answer."""
    kind = _TYPES.get(error.condition, "cancel")
    element = ET.Element(f"{{{namespace}}}error", type=kind)
    ET.SubElement(element, f"{{{STANZAS}}}{error.condition}")
    ET.SubElement(element, f"{{{STANZAS}}}text").text = str(error)
    return element


def _command(node: str, session: str, status: str) -> ET.Element:
    return ET.Element(f"{{{COMMANDS}}}command", node=node, sessionid=session, status=status)
