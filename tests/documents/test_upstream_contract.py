"""Each private member of jupyter_server_ydoc, jupyter_server_fileid and pycrdt that a linked room relies on.

When one of these fails after an upgrade, `ydoc_server.KNOWN_TO_WORK` must not yet admit the new version.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import jupyter_server_ydoc.app
import jupyter_server_ydoc.handlers
import pytest
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_ydoc.app import YDocExtension
from jupyter_server_ydoc.handlers import YDocWebSocketHandler
from jupyter_server_ydoc.loaders import FileLoader
from jupyter_server_ydoc.rooms import DocumentRoom
from pycrdt import Awareness, Doc, Text
from pycrdt.websocket import WebsocketServer, YRoom

from xmpp_bridge.documents import ydoc_server


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


def test_the_extension_has_what_we_reach_into() -> None:
    assert "_room_locks" in vars(YDocExtension)
    assert "self.ywebsocket_server" in inspect.getsource(YDocExtension.initialize_handlers)
    assert {"name", "room"} <= set(inspect.signature(WebsocketServer.delete_room).parameters)


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


def test_awareness_is_private_but_reachable() -> None:
    awareness = Awareness(Doc())
    assert awareness.client_id in awareness.states
    assert {"clock", "lastUpdated"} <= set(awareness.meta[awareness.client_id])
