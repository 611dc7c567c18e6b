"""Who wrote what stands somewhere in a Doc: Yjs knows, pycrdt tells it of a sequence's elements only."""

from __future__ import annotations

from typing import Any

from pycrdt import Array, Text


def author(sequence: Array[Any] | Text, index: int) -> tuple[int, int]:
    """The client and clock which wrote what stands at `index`; of a text, bytes are counted."""
    item = sequence.sticky_index(index).to_json()["item"]
    return item["client"], item["clock"]
