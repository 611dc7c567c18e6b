"""What a file was at its earlier saves, without I/O: a program may write what it read before the last one.

`nbconvert --execute` reads a notebook, runs for minutes and writes it. Compared with the last save, its file takes back
all that was saved meanwhile.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Hashable, Iterator
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from operator import itemgetter
from typing import Any, Final

from jupyter_ydoc import ydocs
from pycrdt import Doc

from xmpp_bridge.documents.genesis import genesis
from xmpp_bridge.documents.merge import three_way

MOST: Final = 50
MOST_BYTES: Final = 2 * 1024 * 1024


class EarlierSaves:
    """The contents of one file, as many as fit."""

    def __init__(self, file_type: str) -> None:
        self._type = file_type
        self._saves: deque[bytes] = deque(maxlen=MOST)

    def add(self, content: Any) -> None:
        """Keep what the file was until just now."""
        self._saves.append(json.dumps(content).encode())
        while sum(map(len, self._saves)) > MOST_BYTES:
            self._saves.popleft()

    def brought_forward(self, on_disk: Any, saved: Any) -> Any:
        """What were on disk if whoever wrote it had read the last save.

        An earlier save is what they have read if everything that was saved since is as it was then, and nothing of it
        is among what they have edited; of several, the one of which they have edited least. A file that is an earlier
        save was put back on purpose.
        """
        earlier = [json.loads(save) for save in reversed(self._saves)]
        if on_disk == saved or on_disk in earlier:
            return on_disk
        readable = []
        for read in earlier:
            since, edited = self._edited(read, saved), self._edited(read, on_disk)
            if since and since.isdisjoint(edited):
                readable.append((len(edited), read))
        if not readable:
            return on_disk
        _, read = min(readable, key=itemgetter(0))
        return self._merged(read, on_disk, saved)

    def _edited(self, old: Any, new: Any) -> AbstractSet[Hashable]:
        """Which parts of `old` are others in `new`."""
        if self._type == "notebook":
            before, after = dict(_parts(old)), dict(_parts(new))
            keys = before.keys() | after.keys()
            return {key for key in keys if before.get(key) != after.get(key)}
        lines = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
        changes = [change for change in lines.get_opcodes() if change[0] != "equal"]
        return {line for _, start, end, _, _ in changes for line in range(start - 1, end + 1)}

    def _merged(self, read: Any, one: Any, other: Any) -> Any:
        history = genesis(read, self._type)
        doc: Doc[Any] = Doc()
        document = ydocs.get(self._type, ydocs["file"])(doc)
        doc.apply_update(history)
        for edited in (one, other):
            update = three_way(history, read, edited, self._type)
            if update is not None:
                doc.apply_update(update)
        return document.get()


def _parts(notebook: Any) -> Iterator[tuple[tuple[Hashable, str], Any]]:
    yield ("", "metadata"), notebook.get("metadata")
    for index, cell in enumerate(notebook["cells"]):
        for part, value in cell.items():
            yield (cell.get("id", index), part), value
