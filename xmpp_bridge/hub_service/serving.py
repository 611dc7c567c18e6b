"""The service from its settings to its end."""

from __future__ import annotations

from contextlib import aclosing

from jupyterhub.services.auth import HubOAuth  # type: ignore[import-untyped]

from xmpp_bridge.archive.indexing import index_all
from xmpp_bridge.ejabberd.private_file import make_private
from xmpp_bridge.hub_service.environment import HubEnvironment
from xmpp_bridge.hub_service.health import Health, eventually
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.hub_service.parts import Front
from xmpp_bridge.hub_service.resources import database, hub_api, listening, upgrade
from xmpp_bridge.hub_service.service import Service
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.xmpp_source import xmpp_source
from xmpp_bridge.storage.prepared import Reads


async def serve(settings: Settings, environment: HubEnvironment) -> None:
    """Run the service until cancelled; an embedded ejabberd ends with it."""
    make_private([settings.state])
    front = Front(
        environment.prefix,
        HubOAuth(cache_max_age=int(settings.hub_cache.total_seconds())),
        Metrics(),
        Health(),
        own_token=environment.api_token,
    )
    # JupyterHub waits for the first answer, whatever it is; so listening comes first.
    async with (
        listening(front, environment, settings.state),
        database(settings.database_url) as engine,
        aclosing(Reads(engine)) as reads,
        hub_api(environment) as hub,
    ):
        await eventually(lambda: upgrade(engine), front.health)
        await eventually(lambda: index_all(engine), front.health)
        xmpp = await eventually(
            lambda: xmpp_source(settings.ejabberd, settings.xmpp_host, front.metrics), front.health
        )
        await Service(settings, front, engine, reads, hub, xmpp).run()
