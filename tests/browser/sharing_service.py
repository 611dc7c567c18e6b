"""What a Jupyter server would answer about sharing, scripted: by method and path, and it keeps what it is asked."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page, Route

from tests.browser.test_cells import LINKED
from tests.browser.verona import NOTEBOOK, ORCHARD

API = "/xmpp-bridge/api/"
BY_NAME = {"kind": "person", "role": "editor", "id": None, "name": None}
LINK = {
    "id": "1",
    "label": "",
    "role": "viewer",
    "group": None,
    "expires_at": "2026-12-20T09:00:00+00:00",
    "uses": 0,
    "most_uses": None,
    "state": "open",
    "url": "/services/xmpp-bridge/join/TOKEN",
}
DOCUMENT = {"id": NOTEBOOK, "name": "daylight.ipynb", "type": "notebook"}
NURSES = {"kind": "group", "role": "viewer", "id": None, "name": "nurses"}
PEOPLE = {
    "people": [{"hub_user": "rosaline", "display_name": "Rosaline", "role": None}],
    "groups": [{"name": "roses", "people": 2, "role": None}],
}
OFFER = {
    "room": {"id": ORCHARD, "name": "Orchard"},
    "role": "viewer",
    "by": {"hub_user": "juliet", "display_name": "Juliet Capulet"},
    "document": DOCUMENT,
    "joined": True,
}


def person(name: str, shown: str, role: str, *sources: dict[str, Any]) -> dict[str, Any]:
    found = list(sources) or [BY_NAME | {"role": role}]
    return {
        "hub_user": name,
        "display_name": shown,
        "role": role,
        "sources": found,
        "muted": None,
    }


def access(role: str = "owner") -> dict[str, Any]:
    return {
        "room": {"id": ORCHARD, "name": "Orchard", "role": role, "leavers_files": "keep"},
        "people": [
            person("romeo", "Romeo Montague", "owner"),
            person("juliet", "Juliet Capulet", "editor", BY_NAME, NURSES),
        ],
        "groups": [{"name": "nurses", "role": "viewer", "people": 3}],
        "links": [],
        "banned": [],
    }


class SharingService:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        """What was to be done, with its body, in this order."""
        self.refusals: dict[str, str] = {}
        """A sentence for each of what is refused."""
        self.linked: list[dict[str, Any]] = [LINKED]
        self.access = access()
        self.invitations: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []

    async def open(self, page: Page) -> None:
        """Answer `page`."""
        await page.route(f"**{API}**", self._answer)

    def deeds(self) -> list[str]:
        return [deed for deed, _ in self.asked]

    async def _answer(self, route: Route) -> None:
        method = route.request.method
        path = route.request.url.split(API)[1].split("?")[0]
        deed = f"{method} {path}"
        if method != "GET":
            body = route.request.post_data_json if route.request.post_data else None
            self.asked.append((deed, body))
        if deed in self.refusals:
            refusal = {"condition": "forbidden", "reason": self.refusals[deed]}
            await route.fulfill(status=403, json=refusal)
            return
        await route.fulfill(json=self._value(deed))

    def _value(self, deed: str) -> Any:
        verb, *rest = deed.split("/")
        if verb == "POST rooms" and rest:
            self.access["links"] = [LINK]
            return LINK
        if verb == "GET rooms" and len(rest) == 1:
            return {"documents": []}
        answers = {
            "GET documents": {"documents": self.linked},
            "POST documents": LINKED,
            "POST rooms": {"id": ORCHARD},
            "GET directory": PEOPLE,
            "GET invitations": {"invitations": self.invitations},
            "GET taken": {"taken": self.taken},
            "POST join": OFFER,
        }
        return answers.get(verb, self.access)
