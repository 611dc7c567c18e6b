"""Where clients that know only the domain find its websocket (XEP-0156); for the domain's web server to pass on."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from xmpp_bridge.hub_service.handlers.base import JsonHandler

WEBSOCKET: Final = "urn:xmpp:alt-connections:websocket"
XRD: Final = "http://docs.oasis-open.org/ns/xri/xrd-1.0"
CACHED_SECONDS: Final = 3600


class _HostMeta(JsonHandler):
    """Public: it tells nothing that SRV records do not."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        # XEP-0156, section 3: a client is a page of any origin.
        self.set_header("Access-Control-Allow-Origin", "*")
        self.set_header("Cache-Control", f"public, max-age={CACHED_SECONDS}")

    @property
    def addresses(self) -> list[str]:
        websocket = self.parts.xmpp_server().websocket
        return [] if websocket is None else [websocket]


class HostMetaJsonHandler(_HostMeta):
    """As JSON (RFC 7033's JRD)."""

    def get(self) -> None:
        self.send_json({"links": [{"rel": WEBSOCKET, "href": each} for each in self.addresses]})


class HostMetaHandler(_HostMeta):
    """As XML (RFC 6415)."""

    def get(self) -> None:
        document = ET.Element("XRD", xmlns=XRD)
        for each in self.addresses:
            ET.SubElement(document, "Link", rel=WEBSOCKET, href=each)
        self.set_header("Content-Type", "application/xrd+xml; charset=utf-8")
        self.finish(ET.tostring(document, encoding="utf-8", xml_declaration=True))
