"""What docs/protocol.md shows: its examples, its schemas, its vectors."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


@functools.cache
def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@functools.cache
def vectors() -> dict[str, Any]:
    (block,) = fenced("json")
    return json.loads(block)  # type: ignore[no-any-return]


def each(name: str) -> pytest.MarkDecorator:
    rows = vectors()[name]
    return pytest.mark.parametrize(
        "row", rows, ids=[row.get("is", str(n)) for n, row in enumerate(rows)]
    )
