"""The file of checkpoints: what a power cut has torn is no checkpoint, and those behind it can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from xmpp_bridge.audit.checkpoint_file import append, largest
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.verify import read_checkpoints

SIGNER = Signer("montague.lit/record", Ed25519PrivateKey.generate())
NOTES = [SIGNER.sign(size, bytes(32)).note for size in (3, 9, 27)]


def test_it_has_every_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints"
    assert largest(path) == 0
    for note in NOTES:
        append(path, note)
    assert largest(path) == 27
    assert [each.size for each in read_checkpoints(path.read_text())] == [3, 9, 27]


@pytest.mark.parametrize("left", range(0, len(NOTES[1].encode()) + 1, 7))
@pytest.mark.parametrize("before", [0, 1])
def test_what_was_torn_is_none(tmp_path: Path, left: int, before: int) -> None:
    path = tmp_path / "checkpoints"
    whole = "".join(f"{note}\n" for note in NOTES[:before]).encode()
    path.write_bytes(whole + NOTES[1].encode()[:left])

    assert largest(path) == 3 * before
    append(path, NOTES[2])

    assert [each.size for each in read_checkpoints(path.read_text())] == [3] * before + [27]
    assert path.read_bytes().startswith(whole)
