"""A file is linked by one of the servers that see it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from xmpp_bridge.documents.shared_file import Link
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.server_extension.other_servers import linked_elsewhere


def link(server: Path, document: str, file_id: str) -> None:
    found = Link(
        document=DocumentId(document),
        room=RoomId("verona"),
        file_id=file_id,
        name="balcony.ipynb",
        type="notebook",
        format="json",
        creator=False,
        role=Role.EDITOR,
    )
    folder = server / document
    folder.mkdir(parents=True)
    (folder / "link.json").write_text(json.dumps(asdict(found)))


def test_what_another_server_with_the_same_files_has_linked_is_known(tmp_path: Path) -> None:
    link(tmp_path / "default", "d1", "f1")
    link(tmp_path / "two", "d2", "f2")
    assert linked_elsewhere(tmp_path / "default") == {"f2": "two"}
    assert linked_elsewhere(tmp_path / "two") == {"f1": "default"}


def test_alone_or_beside_what_is_no_link_nothing_is_linked_elsewhere(tmp_path: Path) -> None:
    link(tmp_path / "default", "d1", "f1")
    assert linked_elsewhere(tmp_path / "default") == {}
    broken = tmp_path / "two" / "d2" / "link.json"
    broken.parent.mkdir(parents=True)
    broken.write_text("{")
    assert linked_elsewhere(tmp_path / "default") == {}
