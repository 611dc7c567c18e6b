"""An edit that makes a document, or some of its cells, what they were; without I/O.

It is made of what is there and what is wanted, as an edit of the file on disk is (merge.py): what others type meanwhile
stays, and so does all of history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from jupyter_ydoc import ydocs
from pycrdt import Doc

from xmpp_bridge.documents.merge import three_way
from xmpp_bridge.documents.trust import strip_content
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError


def content_of(state: bytes, file_type: str) -> Any:
    """What a file would be that holds the document as it is in `state`."""
    doc: Doc[Any] = Doc()
    doc.apply_update(state)
    content = ydocs.get(file_type, ydocs["file"])(doc).get()
    return strip_content(content) if file_type == "notebook" else content


def restoration(
    state: bytes, was: Any, file_type: str, cells: Collection[str] | None = None
) -> bytes | None:
    """The update that makes it what it `was`, or only these cells of a notebook; None if it is so already.

    Raises BadPayloadError if `was` is no such file, and NotFoundError if it has none of these cells.
    """
    now = content_of(state, file_type)
    if file_type != "notebook":
        if not isinstance(was, str):
            raise BadPayloadError("that is not the content of a text file")
        return three_way(state, now, was, file_type)
    wanted = strip_content(_read_notebook(was))
    if cells is not None:
        wanted = {**now, "cells": _with_cells(now["cells"], wanted["cells"], cells)}
    try:
        return three_way(state, now, wanted, file_type)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadPayloadError("that is not a notebook") from error


def _read_notebook(was: Any) -> Mapping[str, Any]:
    cells = was.get("cells") if isinstance(was, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise BadPayloadError("that is not a notebook")
    return dict(was)


def _with_cells(
    now: Sequence[Mapping[str, Any]], was: Sequence[Mapping[str, Any]], names: Collection[str]
) -> list[Mapping[str, Any]]:
    """The cells of now, but these as they were: in their place, or, if they are gone, behind whom they followed."""
    old = {str(cell.get("id")): cell for cell in was}
    if not old.keys() & set(names):
        raise NotFoundError("there was no such cell")
    found = [
        old[_name(cell)] if _name(cell) in names and _name(cell) in old else cell for cell in now
    ]
    there = {_name(cell) for cell in found}
    before: str | None = None
    for name, cell in old.items():
        if name in names and name not in there:
            at = next((i + 1 for i, each in enumerate(found) if _name(each) == before), 0)
            found.insert(at, cell)
            there.add(name)
        if name in there:
            before = name
    return found


def _name(cell: Mapping[str, Any]) -> str:
    return str(cell.get("id"))
