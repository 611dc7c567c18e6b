"""What the same person's other Jupyter servers have linked, if they see the same files."""

from __future__ import annotations

import logging
from pathlib import Path

from xmpp_bridge.documents.shared_file import read_link

log = logging.getLogger(__name__)


def linked_elsewhere(directory: Path) -> dict[str, str]:
    """The ids of files which servers that keep their journals beside `directory` have linked, and by which server.

    Two servers must not both link one file: each would take what the other saves for an edit, and double it.
    """
    found: dict[str, str] = {}
    for record in directory.parent.glob("*/*/link.json"):
        server = record.parents[1]
        if server == directory:
            continue
        try:
            found[read_link(record.read_text(encoding="utf-8")).file_id] = server.name
        except (OSError, ValueError, TypeError, KeyError):
            log.warning("link not readable: server=%s document=%s", server.name, record.parent.name)
    return found
