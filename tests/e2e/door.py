"""A Jupyter server as far as the hub can tell: it answers, and does nothing else."""

from __future__ import annotations

import os
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Door(BaseHTTPRequestHandler):
    """Says yes to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("X-JupyterHub-Version", os.environ.get("JUPYTERHUB_VERSION", ""))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Nothing worth a line happens here."""


if __name__ == "__main__":
    address = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    with suppress(KeyboardInterrupt):  # How the hub stops a server.
        ThreadingHTTPServer((address.hostname or "", address.port or 0), Door).serve_forever()
