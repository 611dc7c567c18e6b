"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from tornado.web import RequestHandler

COMMIT_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SIZE_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Metrics:
    """All metrics of one service, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "xmpp_bridge_request_seconds",
            "Time to answer a request",
            ["handler", "method", "status"],
            registry=self.registry,
        )
        self.credentials = Counter(
            "xmpp_bridge_credentials_minted",
            "Credentials given to Jupyter servers",
            registry=self.registry,
        )
        self.app_password_logins = Counter(
            "xmpp_bridge_app_password_logins",
            "Answers to ejabberd about app passwords",
            ["result"],
            registry=self.registry,
        )
        self.kicked = Counter(
            "xmpp_bridge_sessions_kicked",
            "XMPP sessions ended by the service",
            ["reason"],
            registry=self.registry,
        )
        self.stored = Counter(
            "xmpp_bridge_updates_stored",
            "Updates that are safe in the database",
            ["way"],
            registry=self.registry,
        )
        self.refused = Counter(
            "xmpp_bridge_updates_refused",
            "Updates that nobody may rely on",
            ["reason"],
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "xmpp_bridge_commit_seconds",
            "Time of one group commit of updates",
            buckets=COMMIT_BUCKETS,
            registry=self.registry,
        )
        self.commit_size = Histogram(
            "xmpp_bridge_commit_updates",
            "Updates in one group commit",
            buckets=SIZE_BUCKETS,
            registry=self.registry,
        )
        self.ejabberd_starts = Counter(
            "xmpp_bridge_ejabberd_starts",
            "Starts of the embedded ejabberd",
            registry=self.registry,
        )
        self._component = Gauge(
            "xmpp_bridge_component_up",
            "1 while the component is connected to ejabberd",
            registry=self.registry,
        )
        self._documents = Gauge(
            "xmpp_bridge_documents_kept",
            "Document rooms in which the service has a place now",
            registry=self.registry,
        )

    def observe_request(self, handler: RequestHandler) -> None:
        """Count an answered request in place of tornado's log line, which holds the whole URL."""
        self.requests.labels(
            type(handler).__name__, handler.request.method, handler.get_status()
        ).observe(handler.request.request_time())

    def watch(self, component_up: Callable[[], bool], documents: Callable[[], int]) -> None:
        """Ask for these whenever somebody scrapes."""
        self._component.set_function(lambda: float(component_up()))
        self._documents.set_function(lambda: float(documents()))

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)
