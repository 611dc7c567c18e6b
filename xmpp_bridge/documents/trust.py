"""What must not cross from one person to another: the word that a notebook's output may run script.

`trusted` in a cell's metadata makes JupyterLab run what the output contains, with the reader's rights, and makes the
server sign the notebook. So it never stays in a shared document, whoever wrote it. Taking it out means looking at each
cell, too slow for a keystroke; `TrustWatch` (trust_watch.py) tells which updates call for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pycrdt import Array, Doc, Map

TRUSTED: Final = "trusted"


def strip_trusted(doc: Doc[Any]) -> bool:
    """Take `trusted` out of a notebook, in the caller's transaction if there is one; return whether it was there.

    It only deletes: that makes no history of its own, so every replica may do it and all come to the same.
    """
    with doc.transaction():
        cells = doc.get("cells", type=Array)
        holders = [doc.get("meta", type=Map), *(cell for cell in cells if isinstance(cell, Map))]
        stripped = [_strip_metadata(holder) for holder in holders]
        # Nobody can edit inside a plain value, and no client of Jupyter writes a cell as one: it goes as a whole.
        plain = [index for index, cell in enumerate(cells) if _is_trusted_value(cell)]
        for index in reversed(plain):
            del cells[index]
        return any(stripped) or bool(plain)


def _strip_metadata(holder: Map[Any]) -> bool:
    metadata = holder.get("metadata")
    if not _is_trusted(metadata):
        return False
    if isinstance(metadata, Map):
        del metadata[TRUSTED]
    else:
        del holder["metadata"]  # A plain value, as above.
    return True


def _is_trusted_value(cell: object) -> bool:
    return isinstance(cell, dict) and _is_trusted(cell.get("metadata"))


def _is_trusted(metadata: object) -> bool:
    return isinstance(metadata, (Map, dict)) and TRUSTED in metadata


def strip_content(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notebook without `trusted`; the given one stays as it is."""
    stripped = dict(notebook)
    if "metadata" in stripped:
        stripped["metadata"] = _without(stripped["metadata"])
    if "cells" in stripped:
        stripped["cells"] = [_strip_cell(cell) for cell in stripped["cells"]]
    return stripped


def _strip_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {**cell, "metadata": _without(cell["metadata"])} if "metadata" in cell else dict(cell)


def _without(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key != TRUSTED}


def may_contain_trust(update: bytes) -> bool:
    """Whether an update names `trusted`. It need not name it to set it: keep a `TrustWatch` for that."""
    return TRUSTED.encode() in update
