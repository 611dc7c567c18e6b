"""One person's session with jupyter-collaboration on one plain server, and what could be seen of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from functools import partial
from typing import Any

from jupyter_ydoc import YNotebook
from nbformat.reader import NotJSONError
from pycrdt import Doc

from demo import edits
from demo.collab_client import CollabClient, opened
from tests.e2e.plain_server import PlainServer
from tests.e2e.stage import agree, until
from xmpp_bridge.documents.update import read_state_vector

SCRIPT = {
    "output_type": "display_data",
    "data": {"text/html": "<script>window.romeo = true</script>"},
    "metadata": {},
}
LOADER = 0
"""The client id with which the stock room writes what it has read from a file."""
FIRST, SECOND = "first.ipynb", "second.ipynb"


class StockSession:
    """Plays itself; `seen` is without what is random in any two runs.

    How often the stock room saves depends on the moment, so only what it has saved is looked at.
    """

    def __init__(self, server: PlainServer) -> None:
        self.seen: list[tuple[str, str]] = []
        self._server = server
        self._file_ids: list[str] = []
        self._heard = 0

    async def play(self) -> None:
        """Open, type, open twice, change on disk, save, rename, trust, close, open again."""
        self._server.write(FIRST, one="x = 1", two="y = 2")
        async with opened(self._server.rest, FIRST) as one:
            self._know(one)
            await self._see_open(one)
            await self._type(one)
            async with opened(self._server.rest, FIRST) as two:
                await self._type_together(one, two)
                await self._move_cursors(one, two)
            await self._change_on_disk(one)
            await self._save_by_hand(one)
            await self._rename(one)
            await self._trust(one)
        await self._see_close()
        await self._open_again()
        await self._open_text()

    async def _see_open(self, tab: CollabClient) -> None:
        self._see("opened", tab.notebook.get(deduplicate=False))
        self._see("loaded as one history", read_state_vector(tab.doc.get_state())[LOADER])
        await self._see_saved("opened", tab, FIRST)

    async def _type(self, tab: CollabClient) -> None:
        edits.append_text(tab.notebook, 0, " # né 🌹")
        await self._saved(FIRST, "x = 1 # né 🌹", "y = 2")
        await self._see_saved("typed", tab, FIRST)
        edits.insert_cell(tab.notebook, 1, {**edits.code_cell("z = 3"), "id": "new"})
        edits.move_cell(tab.notebook, 2, 0)
        await self._saved(FIRST, "y = 2", "x = 1 # né 🌹", "z = 3")
        await self._see_saved("inserted and moved", tab, FIRST)

    async def _type_together(self, one: CollabClient, two: CollabClient) -> None:
        edits.append_text(one.notebook, 0, " # one")
        edits.append_text(two.notebook, 1, " and two")
        await self._saved(FIRST, "y = 2 # one", "x = 1 # né 🌹 and two", "z = 3")
        self._see("two tabs", await agree([one, two]))
        self._see("authors", len(read_state_vector(one.doc.get_state())))

    async def _move_cursors(self, one: CollabClient, two: CollabClient) -> None:
        for tab, other in ((one, two), (two, one)):
            tab.awareness.set_local_state_field("cursors", [{"anchor": 1}])
            await other.until(partial(_cursor, other, tab), "the cursor")
            self._see("cursor", other.awareness.states[tab.awareness.client_id])

    async def _change_on_disk(self, tab: CollabClient) -> None:
        """The file wins over what is not yet saved: this is what a linked room does not do."""
        await _autosave(tab, wanted=False)
        edits.append_text(tab.notebook, 2, " # never saved")
        await tab.acknowledged()
        self._server.write(FIRST, two="y = 2 # one", one="x = 'by hand'", new="z = 3")
        expected = ["y = 2 # one", "x = 'by hand'", "z = 3"]
        await tab.until(lambda: edits.sources(tab.notebook) == expected, "the change on disk")
        self._see("changed on disk", tab.notebook.get(deduplicate=False))

    async def _save_by_hand(self, tab: CollabClient) -> None:
        edits.append_text(tab.notebook, 2, " # kept")
        await tab.acknowledged()
        self._see("not saved by itself", self._server.sources(FIRST))
        self._see("answer to save", await self._server.ask_to_save(FIRST))
        self._see("saved by hand", self._server.sources(FIRST))
        await self._see_saved("saved by hand", tab, FIRST)
        await _autosave(tab, wanted=True)

    async def _rename(self, tab: CollabClient) -> None:
        await self._server.rest.call("PATCH", f"api/contents/{FIRST}", {"path": SECOND})
        await tab.until(lambda: tab.notebook.path == SECOND, "the new path")
        edits.delete_cell(tab.notebook, 2)
        await self._saved(SECOND, "y = 2 # one", "x = 'by hand'")
        await self._see_saved("renamed", tab, SECOND)
        self._see("files", sorted(path.name for path in self._server.folder.glob("*.ipynb")))

    async def _trust(self, tab: CollabClient) -> None:
        for index in range(2):
            edits.set_cell_metadata(tab.notebook, index, "trusted", value=True)
        tab.notebook.ycells[0]["outputs"].append(SCRIPT)
        await until(self._has_output, "the output is saved")
        await self._see_saved("trusted", tab, SECOND)
        self._see("trusted in the room", tab.notebook.get(deduplicate=False))
        model = await self._server.rest.call("GET", f"api/contents/{SECOND}")
        self._see("trusted by the server", [c["metadata"] for c in model["content"]["cells"]])

    async def _open_again(self) -> None:
        async with opened(self._server.rest, SECOND) as tab:
            self._see("the file's id", tab.session.room_id)
            self._see("opened again", tab.notebook.get(deduplicate=False))
            self._see("its history", read_state_vector(tab.doc.get_state())[LOADER])
            edits.append_text(tab.notebook, 0, " # again")
            await self._saved(SECOND, "y = 2 # one # again", "x = 'by hand'")
            await self._see_saved("opened again", tab, SECOND)
        await self._see_close()

    async def _open_text(self) -> None:
        note = self._server.folder / "note.md"
        note.write_bytes(b"# Balcony\r\n")
        async with opened(self._server.rest, "note.md", "file") as tab:
            self._know(tab)
            self._see("text", tab.notebook.get())
            tab.notebook.set("# Balcony\nAy me!\n")
            await self._see_saved("text", tab, "note.md")
            self._see("text on disk", note.read_text())
        await self._see_close()

    # -- what is seen -------------------------------------------------------------------------------

    def _see(self, what: str, value: Any) -> None:
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        for number, file_id in enumerate(self._file_ids):
            text = text.replace(file_id, f"FILE {number}")
        self.seen.append((what, text))

    def _know(self, tab: CollabClient) -> None:
        """Its file's id is a random one."""
        self._file_ids.append(tab.session.room_id.rpartition(":")[2])

    async def _see_saved(self, what: str, tab: CollabClient, path: str) -> None:
        """Wait until the room says that it is saved, and how; then look at the file."""
        file = self._server.folder / path

        def clean() -> bool:
            said = hashlib.sha256(file.read_bytes()).hexdigest()
            return tab.notebook.dirty is False and tab.notebook.hash == said

        await until(_async(clean), f"{path} is said to be saved: {what}")
        self._see(f"state, {what}", tab.notebook.ystate.to_py())
        self._see(f"file, {what}", file.read_text())

    async def _see_close(self) -> None:
        """Wait until the room and the loader of its file are gone."""

        def gone() -> bool:
            return any(
                event.get("msg") == "Loader deleted."
                for event in self._server.events[self._heard :]
            )

        await until(_async(gone), "the room is gone")
        events = self._server.events[self._heard :]
        self._heard += len(events)
        self._see("events", _counted(events))
        self._see("history kept", self._stored())

    def _stored(self) -> dict[str, Any]:
        """Each notebook as the rows of the stock store make it."""
        with closing(sqlite3.connect(self._server.folder / ".jupyter_ystore.db")) as store:
            rows = store.execute("SELECT path, yupdate FROM yupdates ORDER BY timestamp").fetchall()
        docs: dict[str, Doc[Any]] = {}
        for path, update in rows:
            docs.setdefault(path, Doc()).apply_update(update)
        return {
            path: YNotebook(doc).get(deduplicate=False)
            for path, doc in docs.items()
            if "notebook" in path
        }

    # -- what is waited for -------------------------------------------------------------------------

    async def _saved(self, path: str, *sources: str) -> None:
        def saved() -> bool:
            try:
                return self._server.sources(path) == list(sources)
            except NotJSONError:
                return False  # jupyter_server rewrites a file in place: we looked in between

        await until(_async(saved), f"{path} is {sources}")

    async def _has_output(self) -> bool:
        try:
            return bool(self._server.read(SECOND).cells[0].outputs)
        except NotJSONError:
            return False


def _async(condition: Any) -> Any:
    async def asked() -> Any:
        return condition()

    return asked


def _cursor(tab: CollabClient, of: CollabClient) -> bool:
    return "cursors" in (tab.awareness.states.get(of.awareness.client_id) or {})


async def _autosave(tab: CollabClient, *, wanted: bool) -> None:
    tab.awareness.set_local_state_field("autosave", wanted)
    await tab.acknowledged()


def _counted(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """How often each was said; without saves, see above."""
    said = (
        f"{event.get('username', '')} {event['action']}: {event.get('msg', '')}"
        for event in events
        if event["action"] != "save"
    )
    return sorted(Counter(said).items())
