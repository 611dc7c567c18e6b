"""A document room on an ejabberd of our configuration, and how people get in, without a hub."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from slixmpp import JID

from benchmarks.muc_socket import MucRoom
from xmpp_bridge.accounts.credential import MAX_LIFETIME, CredentialMint
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.rooms.reconcile import DOCUMENT_OPTIONS

DOCUMENT = "0f" * 16
"""As long as every document's identifier: it is in each stanza."""


async def make_room(ejabberd: Ejabberd, writer: str, name: str = DOCUMENT) -> MucRoom:
    """Everybody who has the password may read, and `writer` may write."""
    settings, password = ejabberd.settings, secrets.token_hex(16)
    api = EjabberdApi(ejabberd.admin_address, settings.domain, ejabberd.admin_credential)
    await api.create_room(name, settings.documents, {**DOCUMENT_OPTIONS, "password": password})
    await api.set_affiliation(name, settings.documents, f"{writer}@{settings.domain}", "member")
    jid = f"{name}@{settings.documents}"
    return MucRoom(ejabberd.c2s, settings.domain, ejabberd.ca_pem, jid, password)


def credential(ejabberd: Ejabberd, person: str, resource: str = "benchmark") -> str:
    """What this person's login shows to ejabberd."""
    key, domain = ejabberd.secrets.signing_key, ejabberd.settings.domain
    mint = CredentialMint(key, domain, MAX_LIFETIME, lambda: datetime.now(UTC))
    return mint.mint(JID(f"{person}@{domain}/{resource}")).token


def ejabberd_below(directory: Path, domain: str) -> Ejabberd:
    """The one that the hub's service runs below `directory`."""
    (ports,) = directory.rglob("ejabberd/**/ports.json")
    (folder,) = (each for each in ports.parents if each.name == "ejabberd")
    settings = EjabberdSettings(domain, folder)
    settings = replace(settings, c2s_port=json.loads(ports.read_text())["c2s"])
    return Ejabberd(settings, load_secrets(settings))
