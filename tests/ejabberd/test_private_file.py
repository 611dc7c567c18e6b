"""Files for one user of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from xmpp_bridge.ejabberd.private_file import make_private, write_private


def test_a_file_is_replaced_whole_and_stays_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, b"new")

    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "taken"
    folder.mkdir()

    with pytest.raises(IsADirectoryError):
        write_private(folder, b"new")

    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_is_taken_away_from_others(tmp_path: Path) -> None:
    make_private([tmp_path / "a" / "b"])

    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
