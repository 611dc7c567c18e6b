"""Why an ejabberd does not run."""

from __future__ import annotations

from xmpp_bridge.xmpp.errors import ConflictError, UnavailableError


class NotInstalledError(UnavailableError):
    """A package of the operating system is missing."""


class StartError(UnavailableError):
    """ejabberd went away, or did not become ready in time."""


class PortTakenError(StartError):
    """Another process listens on a port which ejabberd was told to use."""


class AlreadyRunningError(ConflictError):
    """Another living process runs the ejabberd of this directory."""
