"""All linked files of this server, open or not."""

from __future__ import annotations

from collections.abc import Iterator

from xmpp_bridge.documents.shared_file import SharedFile


class SharedFiles:
    """All linked files of this server, by file id."""

    def __init__(self) -> None:
        self._files: dict[str, SharedFile] = {}

    def __contains__(self, file_id: str) -> bool:
        return file_id in self._files

    def __getitem__(self, file_id: str) -> SharedFile:
        return self._files[file_id]

    def __iter__(self) -> Iterator[SharedFile]:
        return iter(list(self._files.values()))

    def add(self, shared: SharedFile) -> None:
        self._files[shared.link.file_id] = shared

    def remove(self, shared: SharedFile) -> None:
        self._files.pop(shared.link.file_id, None)

    def of(self, document: str) -> SharedFile | None:
        """The file that is linked to `document`."""
        return next((file for file in self if file.document == document), None)
