"""Three-way merge of an edited file into the document.

The base is what the file was at the last save. What was changed on disk since is written into a fork of the document as
it was then; the fork's update, applied to the document of today, merges with everything that was typed meanwhile.
"""

from __future__ import annotations

from typing import Any

from jupyter_ydoc import YNotebook
from pycrdt import Doc, Text, TransactionEvent

from xmpp_bridge.documents.merge_notebook import edit_notebook
from xmpp_bridge.documents.text_diff import edit_text


def three_way(
    base_state: bytes, base_content: Any, disk_content: Any, file_type: str
) -> bytes | None:
    """Return the update that carries what was changed on disk since the base, None if nothing was.

    Its one author is a client id that nobody has; it belongs to whoever's disk this is.
    """
    if disk_content == base_content:
        return None
    fork: Doc[Any] = Doc()
    fork.apply_update(base_state)
    updates: list[bytes] = []

    def keep(event: TransactionEvent) -> None:
        updates.append(event.update)

    # Before the transaction begins: a YNotebook cannot be made inside one.
    notebook = YNotebook(fork) if file_type == "notebook" else None
    subscription = fork.observe(keep)
    with fork.transaction():
        if notebook is not None:
            edit_notebook(notebook, base_content, disk_content)
        else:
            edit_text(fork.get("source", type=Text), disk_content)
    fork.unobserve(subscription)
    return updates[0] if updates else None
