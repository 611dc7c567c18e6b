"""Joining a document at a path where no file can be made says why."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from xmpp_bridge.documents.service import DocumentInfo
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.ydoc_server import YDocServer
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.linking import Linking
from xmpp_bridge.xmpp.errors import NotFoundError

DOCUMENT = DocumentId("0f" * 16)


class Ids:
    """No file has one."""

    def get_id(self, _path: str) -> None: ...


class Service:
    async def admission(self, _document: DocumentId) -> Any:
        fields = {"name": "a.md", "type": "file", "format": "text", "born": True}
        return SimpleNamespace(info=cast("DocumentInfo", SimpleNamespace(**fields)))


def linking(home: Path) -> Linking:
    contents = AsyncLargeFileManager(root_dir=str(home))
    web_app = SimpleNamespace(settings={"file_id_manager": Ids()})
    ydoc = YDocServer(SimpleNamespace(contents_manager=contents, web_app=web_app))
    nobody: Any = None
    service = cast("HubService", Service())
    return Linking(home / "links", SharedFiles(), ydoc, service, nobody, "romeo", nobody, nobody)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no folder acts/two on this server"):
        await linking(tmp_path).join(DOCUMENT, "acts/two/a.md")
    assert not (tmp_path / "acts").exists()
