"""What one person did within a window of a document's history, which holds what all did of it together."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from xmpp_bridge.documents.durable_copy import Row
from xmpp_bridge.documents.update import Deletes, read_deletes, write_deletes
from xmpp_bridge.lib0 import Reader

MOST_CELLS: Final = 50
"""That are named of one part; who changes more has changed the notebook."""


@dataclass(frozen=True, slots=True)
class Part:
    """Whose a struct is, its Yjs client says; a deletion says nothing, so those of several people are kept apart."""

    account_id: int
    edits: int
    cells: tuple[str, ...] = ()
    deletes: tuple[Deletes, ...] | None = None
    """None where all deletions of the window are this person's."""

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        deletes = None if self.deletes is None else b64encode(write_deletes(self.deletes)).decode()
        return {
            "account": self.account_id,
            "edits": self.edits,
            "cells": list(self.cells),
            "deletes": deletes,
        }


def from_json(raw: Mapping[str, Any]) -> Part:
    """Read what `to_json` has written."""
    deletes = raw["deletes"]
    return Part(
        raw["account"],
        raw["edits"],
        tuple(raw["cells"]),
        None if deletes is None else tuple(read_deletes(Reader(b64decode(deletes)))),
    )


def parts_of(
    rows: Iterable[Row], accounts: Mapping[int, int], touched: Mapping[int, Sequence[str]]
) -> tuple[Part, ...]:
    """What each account did by these updates, given whose each is and which cells it has changed."""
    by_account: dict[int, list[Row]] = {}
    for row in rows:
        by_account.setdefault(accounts[row.id], []).append(row)
    together = len(by_account) > 1
    return tuple(
        Part(
            account,
            len(own),
            tuple(dict.fromkeys(cell for row in own for cell in touched.get(row.id, ())))[
                :MOST_CELLS
            ],
            tuple(each for row in own for each in row.contents.deletes) if together else None,
        )
        for account, own in sorted(by_account.items())
    )
