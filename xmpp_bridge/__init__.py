"""Rooms, chat and live notebooks between the Jupyter servers of a JupyterHub, over XMPP."""

__version__ = "0.1.0.dev0"


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from xmpp_bridge.server_extension.extension import XmppBridge  # noqa: PLC0415 - the hub service has no jupyter_server

    return [{"module": "xmpp_bridge.server_extension.extension", "app": XmppBridge}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "xmpp-bridge"}]
