"""By which policy what is said and changed is kept, for XMPP clients (XEP-0504); the only file that knows its XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Final

DATA_POLICY: Final = "urn:xmpp:data-policy:0"
DATA: Final = "jabber:x:data"  # XEP-0004
_HOUR: Final = timedelta(hours=1)


def policy_to_xml(kept: timedelta | None, text: str) -> ET.Element:
    """What an entity adds to what it says of itself (XEP-0128): for how long it keeps what people write, and why."""
    hours = "infinite" if kept is None else str(kept // _HOUR)
    form = ET.Element(f"{{{DATA}}}x", type="result")
    for name, kind, values in (
        ("FORM_TYPE", "hidden", [DATA_POLICY]),
        ("data_retention", "text-single", [hours]),
        # A retraction takes nothing out of the record; what is destroyed there is not for everybody to destroy.
        ("data_deletion", "boolean", ["false"]),
        ("encryption_at_rest", "boolean", ["false"]),
        ("access_policy", "list-multi", ["admins"]),
        ("extra_info", "text-multi", text.splitlines()),
    ):
        field = ET.SubElement(form, f"{{{DATA}}}field", var=name, type=kind)
        for value in values:
            ET.SubElement(field, f"{{{DATA}}}value").text = value
    return form
