"""An administrator's way into the ejabberd of a stack."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.e2e.stage import Stage
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings

DOMAIN = "hub.localhost"


def admin_of(stage: Stage) -> tuple[EjabberdApi, EjabberdSettings]:
    """What the service itself may do there, and where everything is."""
    (ports,) = stage.stack.settings.directory.rglob("ejabberd/**/ports.json")
    (folder,) = (each for each in ports.parents if each.name == "ejabberd")
    settings = EjabberdSettings(DOMAIN, folder)
    settings = replace(settings, c2s_port=json.loads(ports.read_text())["c2s"])
    ejabberd = Ejabberd(settings, load_secrets(settings))
    return EjabberdApi(ejabberd.admin_address, DOMAIN, ejabberd.admin_credential), settings
