"""What a linked file was when it fell asleep, on disk: a restart need not open it to know whether anything changed."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rest:
    """Everything of the document was in the file and at the service, and nothing else."""

    version: str
    """What the service was at."""
    stamp: str
    """What the file was: another text when it is written again."""


class RestRecord:
    """There while the file sleeps. It is gone, for good, before anything of the document can change here."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.rest = self._load()

    def keep(self, rest: Rest) -> None:
        """From now on it sleeps."""
        new = self._file.with_suffix(".new")
        with new.open("w") as file:
            json.dump(asdict(rest), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)
        self.rest = rest

    def forget(self) -> None:
        """It is about to wake."""
        if self.rest is None and not self._file.exists():
            return
        self.rest = None
        self._file.unlink(missing_ok=True)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _load(self) -> Rest | None:
        """Without a readable record it is opened and compared, which is always right."""
        try:
            raw = json.loads(self._file.read_text())
            return Rest(str(raw["version"]), str(raw["stamp"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("record of rest not readable: document=%s", self._file.parent.name)
            return None
