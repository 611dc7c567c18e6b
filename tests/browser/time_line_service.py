"""What a Jupyter server would answer about a time line, scripted; it keeps what it is asked to do."""

from __future__ import annotations

import re
from typing import Any

from playwright.async_api import Page, Route

from tests.browser.test_cells import LINKED
from tests.browser.verona import NOTEBOOK

API = "/xmpp-bridge/api/"
STAMP = re.compile(r"&?\d{13}$")
"""What JupyterLab adds to a request that must not be answered from memory."""
BASE = f"documents/{NOTEBOOK}"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="


def person(name: str, shown: str, *cells: tuple[str, int | None, str]) -> dict[str, Any]:
    told = [{"id": cell, "number": number, "beginning": text} for cell, number, text in cells]
    return {"hub_user": name, "display_name": shown, "cells": told}


ROMEO = person(
    "romeo", "Romeo Montague", ("cell-0", 1, "light = 0"), ("cell-2", 3, "lark = light > 20")
)
JULIET = person("juliet", "Juliet Capulet", ("cell-1", 2, "night = 1"), ("gone", None, ""))
NURSE = person("nurse", "Angelica", ("cell-1", 2, "night = 1"))


def moment(number: int, began: str, ended: str, *people: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "after": number - 10,
        "began_at": f"2026-11-20T{began}:00+00:00",
        "ended_at": f"2026-11-20T{ended}:30+00:00",
        "edits": 42,
        "people": list(people),
    }


MOMENTS = [
    moment(50, "16:02", "16:13", ROMEO, JULIET),
    moment(40, "15:31", "15:40", JULIET),
    moment(30, "14:05", "14:05", NURSE),
    moment(20, "11:46", "11:59", ROMEO),
    moment(10, "09:00", "09:12", ROMEO),
]


def cell(
    name: str, number: int | None, fate: str, *lines: tuple[str, str], **more: Any
) -> dict[str, Any]:
    return {
        "id": name,
        "type": "code",
        "number": number,
        "fate": fate,
        "lines": [list(line) for line in lines],
        "outputs": [],
        "execution_count": None,
        "outputs_changed": False,
        "metadata_changed": False,
    } | more


LOOK = [
    cell("cell-0", 1, "same", (" ", "light = 0"), (" ", "moon = 'inconstant'")),
    cell("cell-1", 2, "new", ("+", "night = 1")),
    cell(
        "cell-2",
        3,
        "changed",
        (" ", "# Was it the lark?"),
        ("-", "nightingale = light < 20"),
        ("+", "lark = light > 20"),
        (" ", "print(light)"),
        outputs=[
            {"output_type": "stream", "name": "stdout", "text": "21\n"},
            {"output_type": "display_data", "data": {"image/png": PICTURE}, "metadata": {}},
        ],
        outputs_changed=True,
    ),
    cell("gone", None, "removed", ("-", "wilt = 'thou be gone?'"), ("-", "day = False")),
]


class TimeLineService:
    def __init__(self, role: str = "editor") -> None:
        self.asked: list[tuple[str, Any]] = []
        """What was to be done, with its body, in this order."""
        self.looked: list[str] = []
        self.refusals: dict[str, str] = {}
        self.role = role
        self.moments = MOMENTS

    async def open(self, page: Page) -> None:
        """Answer `page`."""
        await page.route(f"**{API}**", self._answer)

    async def _answer(self, route: Route) -> None:
        method = route.request.method
        path, _, query = route.request.url.split(API)[1].partition("?")
        query = STAMP.sub("", query)
        deed = f"{method} {path}"
        if method != "GET":
            body = route.request.post_data_json if route.request.post_data else None
            self.asked.append((deed, body))
        if deed in self.refusals:
            refusal = {"condition": "conflict", "reason": self.refusals[deed]}
            await route.fulfill(status=409, json=refusal)
        elif method == "DELETE":
            await route.fulfill(status=204)
        else:
            await route.fulfill(json=self._value(deed, query))

    def _value(self, deed: str, query: str) -> Any:
        if deed == "GET documents":
            return {"documents": [LINKED]}
        if deed == f"GET {BASE}/time-line":
            return self._page(query)
        if deed.startswith(f"GET {BASE}/time-line/"):
            step = deed.rsplit("/", 1)[1]
            self.looked.append(f"{step}?{query}")
            cells = LOOK if step in {"50", "now"} else LOOK[:1]
            return {"document": NOTEBOOK, "id": 50, "against": 40, "cells": cells}
        if deed.startswith("POST"):
            return {"id": str(len(self.asked)), "changed": True}
        return {"invitations": []}

    def _page(self, query: str) -> dict[str, Any]:
        older = "before" in query
        return {
            "document": NOTEBOOK,
            "name": "daylight.ipynb",
            "type": "notebook",
            "role": self.role,
            "more": not older,
            "moments": self.moments[3:] if older else self.moments[:3],
        }
