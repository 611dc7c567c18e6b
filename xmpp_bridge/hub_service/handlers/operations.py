"""For whoever runs the service: is it well, what has it done, how is it used."""

from __future__ import annotations

from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST

from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler, JsonHandler
from xmpp_bridge.hub_service.openapi import document
from xmpp_bridge.hub_service.scopes import METRICS
from xmpp_bridge.xmpp.errors import NotFoundError


class HealthHandler(JsonHandler):
    """Anybody may ask, and hears of parts, not of people."""

    async def get(self) -> None:
        troubles = await self.front.health.troubles()
        self.send_json({"healthy": not troubles, "troubles": troubles}, 503 if troubles else 200)


class MetricsHandler(AuthenticatedHandler):
    """For Prometheus, with a hub token that may read the hub's own metrics."""

    reading_scope = METRICS
    opens_service = False

    def get(self) -> None:
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(self.front.metrics.exposition())


class OpenApiHandler(JsonHandler):
    """How to talk to this service; nothing in it is secret."""

    def get(self) -> None:
        self.send_json(document(self.front.prefix, version("xmpp-bridge")))


class NoSuchHandler(JsonHandler):
    """Every path that is none of ours."""

    def prepare(self) -> None:
        raise NotFoundError("there is nothing at this path")
