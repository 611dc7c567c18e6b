"""What can be set about other XMPP servers."""

from __future__ import annotations

from pathlib import Path

from traitlets import Int, List, TraitError, Unicode, validate
from traitlets.config import Configurable

from xmpp_bridge.ejabberd.settings import Federation
from xmpp_bridge.hub_service.guests import is_domain


class FederationTraits(Configurable):
    """Settings of the service that are about other XMPP servers."""

    domain: Unicode[str, str]

    federation_domains = List(
        Unicode(),
        help="Other XMPP domains whose people owners may let into a room's chat as guests. Empty: nobody, and nothing"
        " of ejabberd listens for other servers.",
    ).tag(config=True)
    federation_port = Int(5269, help="Where the embedded ejabberd listens for those servers.").tag(
        config=True
    )
    federation_ca_file = Unicode(
        "/etc/ssl/certs/ca-certificates.crt", help="Who vouches for those servers' certificates."
    ).tag(config=True)

    @validate("federation_domains")
    def _are_others(self, proposal: dict[str, list[str]]) -> list[str]:
        own = [each for each in proposal["value"] if each == self.domain or not is_domain(each)]
        if own:
            raise TraitError(f"{own[0]!r} is no domain of another XMPP server")
        return proposal["value"]

    def federation(self) -> Federation | None:
        """The servers with which the embedded ejabberd speaks."""
        if not self.federation_domains:
            return None
        authorities = Path(self.federation_ca_file)
        return Federation(tuple(self.federation_domains), self.federation_port, authorities)
