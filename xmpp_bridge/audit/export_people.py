"""Exports for people: a page to read, and messages that every mail program opens."""

from __future__ import annotations

import html
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from xmpp_bridge.audit.event import Kind
from xmpp_bridge.audit.export import text_of
from xmpp_bridge.audit.readership import Readership
from xmpp_bridge.audit.reading import Kept

_HEAD = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Record</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid #767676; padding: .5rem 0; }
header, footer { color: #595959; font-size: .85rem; }
p { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0; }
</style>
<h1>Record</h1>
"""


def html_head() -> str:
    return _HEAD


def html_row(kept: Kept, readership: Readership) -> str:
    """One entry; whatever somebody wrote is text and nothing else."""
    entry = kept.entry
    who = readership.name(entry["account"]) or "the service"
    about = readership.name(entry["about"])
    what = f"{entry['kind']}: {entry['action']}" + (f" {about}" if about else "")
    readers = ", ".join(readership.of(entry["room"]))
    place = " ".join(each for each in (entry["room"], entry["document"]) if each)
    return (
        f'<article id="e{kept.position}"><header><b>{_text(who)}</b> · {_text(what)} ·'
        f" <time>{_text(entry['at'])}</time> · {_text(place)}</header>"
        f"<p>{_text(text_of(kept))}</p>"
        f"<footer>#{kept.position} · could be read by: {_text(readers)}</footer></article>\n"
    )


def eml(kept: Kept, readership: Readership) -> str:
    """What was said as a message (RFC 5322) in an mbox (RFC 4155); nothing for an entry of another kind."""
    entry = kept.entry
    if entry["kind"] != Kind.CHAT:
        return ""
    sender = str((kept.content or {}).get("sender") or "destroyed@invalid")
    at = datetime.fromisoformat(entry["at"])
    message = EmailMessage(policy=SMTP)
    message["From"] = _header(sender)
    message["To"] = ", ".join(_header(f"{name}@invalid") for name in readership.of(entry["room"]))
    message["Date"] = format_datetime(at)
    message["Subject"] = f"{entry['action']} in room {entry['room']}"
    message["Message-ID"] = f"<{kept.leaf}@record.invalid>"
    message["X-Record-Index"] = str(kept.position)
    message.set_content(text_of(kept), cte="base64")
    moment = at.strftime("%a %b %d %H:%M:%S %Y")
    return f"From MAILER-DAEMON {moment}\n{message.as_bytes().decode('ascii')}\n"


def _text(text: str) -> str:
    return html.escape(str(text))


def _header(address: str) -> str:
    """An address that a mail program can read; what it could not is left out."""
    local, _, domain = address.rpartition("@")
    safe = "".join(each for each in local if each.isascii() and (each.isalnum() or each in "._-"))
    return f"{safe or 'somebody'}@{domain if domain.replace('.', '').isalnum() else 'invalid'}"
