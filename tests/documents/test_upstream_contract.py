"""Each private member of jupyter_server_ydoc, _fileid, _nbmodel and pycrdt that a linked room relies on.

When one of these fails after an upgrade, `ydoc_server.KNOWN_TO_WORK` must not yet admit the new version.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import jupyter_server_ydoc.app
import jupyter_server_ydoc.handlers
import pytest
from jupyter_server.services.contents.manager import ContentsManager
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_nbmodel import actions
from jupyter_server_ydoc.app import YDocExtension
from jupyter_server_ydoc.handlers import YDocWebSocketHandler
from jupyter_server_ydoc.loaders import FileLoader, FileLoaderMapping
from jupyter_server_ydoc.rooms import DocumentRoom
from pycrdt import Array, Awareness, Doc, Map, Text
from pycrdt.websocket import WebsocketServer, YRoom

from xmpp_bridge.documents import ydoc_server
from xmpp_bridge.documents.kernel_run import FIND_CELL
from xmpp_bridge.documents.yjs_author import author


def test_what_is_installed_is_known_to_work() -> None:
    assert ydoc_server.why_not() is None


@pytest.mark.parametrize("module", [jupyter_server_ydoc.app, jupyter_server_ydoc.handlers])
def test_rooms_are_made_through_a_module_global(module: Any) -> None:
    assert issubclass(module.DocumentRoom, DocumentRoom)
    assert "DocumentRoom(" in inspect.getsource(module)


@pytest.mark.parametrize(
    "name",
    [
        "_maybe_save_document",
        "_on_document_change",
        "_on_filepath_change",
        "_on_outofband_change",
        "_save_to_disc",
        "_watch_ready",
        "initialize",
        "serve",
        "stop",
    ],
)
def test_a_room_has_what_we_override(name: str) -> None:
    assert callable(getattr(DocumentRoom, name))


def test_a_room_is_made_with_the_arguments_we_take() -> None:
    names = list(inspect.signature(DocumentRoom.__init__).parameters)
    assert names[:8] == [
        "self",
        "room_id",
        "file_format",
        "file_type",
        "file",
        "logger",
        "ystore",
        "log",
    ]


@pytest.mark.parametrize(
    "name", ["_document", "_file", "_file_type", "_file_format", "_save_delay", "_emit"]
)
def test_a_room_keeps_what_we_read(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(DocumentRoom)


def test_a_room_broadcasts_the_doc_it_has_when_it_becomes_ready() -> None:
    source = inspect.getsource(YRoom._watch_ready)
    assert "self._subscription = self.ydoc.observe" in source
    assert "self.ydoc_observed.set()" in source
    assert "if self._subscription is not None" in inspect.getsource(YRoom.stop)


def test_a_browsers_message_is_written_without_waiting() -> None:
    assert "self.write_message(message, binary=True)" in inspect.getsource(
        YDocWebSocketHandler.send
    )


def test_a_file_loader_raises_when_the_file_changed_on_disk() -> None:
    assert "raise OutOfBandChanges" in inspect.getsource(FileLoader.maybe_save_content)


@pytest.mark.parametrize("name", ["_contents_manager", "_poll_interval"])
def test_a_file_loader_keeps_what_we_read(name: str) -> None:
    assert f"self.{name} = " in inspect.getsource(FileLoader.__init__)


def test_a_file_loader_stops_watching_when_it_is_cleaned() -> None:
    assert "self._watcher.cancel()" in inspect.getsource(FileLoader.clean)


def test_a_contents_manager_tells_what_writes_a_file_after_it() -> None:
    source = inspect.getsource(ContentsManager.run_post_save_hooks)
    assert {"self.post_save_hook", "self._post_save_hooks"} <= set(re.findall(r"self\.\w+", source))


def test_the_extension_has_what_we_reach_into() -> None:
    assert "_room_locks" in vars(YDocExtension)
    assert "self.ywebsocket_server" in inspect.getsource(YDocExtension.initialize_handlers)
    assert {"name", "room"} <= set(inspect.signature(WebsocketServer.delete_room).parameters)


def test_whoever_opens_a_document_asks_for_its_room_under_its_lock() -> None:
    prepare = inspect.getsource(YDocWebSocketHandler.prepare)
    lock = prepare.index("async with self._room_lock(self._room_id)")
    assert lock < prepare.index("await self._websocket_server.get_room(self._room_id)")
    get_document = inspect.getsource(YDocExtension.get_document)
    assert "async with self._room_locks[room_id]" in get_document
    assert "await self.ywebsocket_server.get_room(room_id)" in get_document
    options = inspect.signature(YDocExtension.get_document).parameters
    assert {"path", "room_id", "copy", "create"} <= set(options)


def test_a_file_that_no_room_watches_can_be_forgotten() -> None:
    assert "self.file_loaders = FileLoaderMapping(" in inspect.getsource(
        YDocExtension.initialize_handlers
    )
    assert isinstance(inspect.getattr_static(FileLoader, "number_of_subscriptions"), property)
    assert inspect.iscoroutinefunction(FileLoaderMapping.remove)


def test_file_ids_are_rows_which_can_be_given_another_id(tmp_path: Path) -> None:
    manager = ArbitraryFileIdManager(root_dir=str(tmp_path), db_path=str(tmp_path / "ids.db"))
    drawn = manager.index("orchard.ipynb")
    with manager.con:
        manager.con.execute("UPDATE Files SET id = ? WHERE id = ?", ("chosen", drawn))
    assert manager.get_path("chosen") == "orchard.ipynb"
    manager.move("orchard.ipynb", "tomb.ipynb")
    assert manager.get_path("chosen") == "tomb.ipynb"
    manager.con.close()


def test_an_origin_is_told_by_its_hash() -> None:
    doc: Doc[Any] = Doc()
    seen: list[Any] = []
    text = doc.get("text", type=Text)
    subscription = doc.observe(lambda event: seen.append(event.transaction.origin()))
    with doc.transaction(origin="arrived"):
        text += "x"
    text += "y"
    doc.unobserve(subscription)
    assert seen == [hash("arrived"), None]


def test_a_change_tells_whose_transaction_it_is_of() -> None:
    doc: Doc[Any] = Doc()
    seen: list[Any] = []
    cells = doc.get("cells", type=Array)
    cells.append(Map())
    subscription = cells.observe_deep(lambda events: seen.append(events[0].transaction.origin))
    with doc.transaction(origin="arrived"):
        cells[0]["execution_state"] = "running"
    cells[0]["execution_state"] = "idle"
    cells.unobserve(subscription)
    assert seen == ["arrived", None]


def test_what_stands_in_a_sequence_tells_its_author() -> None:
    """Byte by byte in a text, which Yjs itself counts in UTF-16."""
    romeo, juliet = Doc[Any](client_id=7), Doc[Any](client_id=8)
    romeo.get("text", type=Text).insert(0, "né 🌹")
    juliet.apply_update(romeo.get_update())
    juliet.get("text", type=Text).insert(len("né "), "ab")
    romeo.apply_update(juliet.get_update())
    text = romeo.get("text", type=Text)
    assert [author(text, index)[0] for index in range(len(text))] == [7] * 3 + [8] * 2 + [7] * 5
    assert [author(text, index)[1] for index in (0, 1, 2)] == [0, 1, 2]


def test_nbmodel_finds_the_cell_that_it_runs_through_a_module_global() -> None:
    assert f"await {FIND_CELL}(ydoc, metadata)" in inspect.getsource(actions._execute_snippet)
    written = inspect.getsource(actions._execute_snippet) + inspect.getsource(actions._output_hook)
    used = set(re.findall(r"ycell(\.\w+|\[)", written))
    assert used == {".doc", "["}, "all that a KernelRun has"


def test_awareness_is_private_but_reachable() -> None:
    awareness = Awareness(Doc())
    assert awareness.client_id in awareness.states
    assert {"clock", "lastUpdated"} <= set(awareness.meta[awareness.client_id])
