"""A notebook or text whose path, dirty flag and hash are this server's alone."""

from __future__ import annotations

from typing import Any

from jupyter_ydoc import ydocs

from xmpp_bridge.documents.replica import Replica


def local_document(file_type: str) -> type[Any]:
    """The class for `file_type` whose path, dirty and hash stay on this server."""
    base = ydocs.get(file_type, ydocs["file"])

    class LocalDocument(base):  # type: ignore[misc, valid-type]
        replica: Replica

    for key in ("dirty", "hash", "path"):
        setattr(LocalDocument, key, _local(key))
    return LocalDocument


def _local(key: str) -> property:
    def read(document: Any) -> Any:
        return document.ystate.get(key)

    def write(document: Any, value: Any) -> None:
        document.replica.set_local(**{key: value})

    return property(read, write)
