"""The first history of a document. Only its creator writes one; a second one would double every cell."""

from __future__ import annotations

from typing import Any

from jupyter_ydoc import ydocs
from pycrdt import Doc

from xmpp_bridge.documents.trust import strip_trusted


def genesis(content: Any, file_type: str) -> bytes:
    """Make a history of `content`, under a client id that nobody has.

    A fixed client id, as the stock room uses, gives two different files the same clocks: two replicas would differ for
    ever while their state vectors agree.
    """
    doc: Doc[Any] = Doc()
    document = ydocs.get(file_type, ydocs["file"])(doc)
    document.set(content)
    strip_trusted(doc)
    return doc.get_update()
