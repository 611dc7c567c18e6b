"""`xmpp-bridge audit …` as somebody types it."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.audit.conftest import ORCHARD, said
from xmpp_bridge.__main__ import main
from xmpp_bridge.audit import verify
from xmpp_bridge.audit.recording import record_alone
from xmpp_bridge.storage.engine import create_engine


@pytest.fixture
def state(tmp_path: Path, migrated_file: Path) -> Path:
    """The folder of a service in whose record two things were said."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    shutil.copy(migrated_file, folder / "bridge.sqlite")

    async def fill() -> None:
        engine = create_engine(f"sqlite:///{folder / 'bridge.sqlite'}")
        await record_alone(engine, said("But soft!"), said("What light?"))
        await engine.dispose()

    asyncio.run(fill())
    return folder


@pytest.fixture
def run(state: Path, capsys: pytest.CaptureFixture[str]) -> object:
    def run_(*command: str) -> tuple[int, str]:
        status = main(["audit", *command, f"--HubService.state_directory={state}"])
        return status, capsys.readouterr().out

    return run_


def test_an_export_is_verified_by_one_file_and_python_alone(run: object, tmp_path: Path) -> None:
    assert callable(run)
    for name, command in (("export", "export"), ("notes", "checkpoints"), ("key", "key")):
        status, text = run(command)
        assert status == 0
        (tmp_path / name).write_text(text)
    alone = tmp_path / "elsewhere" / "verify.py"
    alone.parent.mkdir()
    shutil.copy(verify.__file__, alone)
    # Isolated, and without any package that is installed here.
    command_line = [sys.executable, "-I", "-S", str(alone), str(tmp_path / "export")]
    command_line += ["--checkpoint", str(tmp_path / "notes"), "--key", str(tmp_path / "key")]

    checked = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "2 entries are as they were\n"), checked
    altered = (tmp_path / "export").read_text().replace("But soft!", "But hard!")
    (tmp_path / "export").write_text(altered)
    checked = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (
        1,
        "NOT what it was: entry 0: its content was altered\n",
    )


def test_looking_for_something_is_entered(run: object) -> None:
    assert callable(run)
    status, found = run("search", "--words", "light")
    (entry,) = [json.loads(line) for line in found.splitlines()]
    assert (status, entry["content"]["body"]) == (0, "What light?")

    _, found = run("search", "--kind", "audit")
    (entry,) = [json.loads(line) for line in found.splitlines()]
    assert entry["content"]["filters"] == {"words": "light"}
    assert entry["content"]["kind"] == "shell"


def test_what_is_held_is_not_destroyed_and_what_is_destroyed_is_proven_still(
    run: object, tmp_path: Path
) -> None:
    assert callable(run)
    assert run("search")[0] == 0
    _, held = run("hold", "--room", ORCHARD, "--reason", "a case")
    assert json.loads(run("destroy", "0", "--reason", "a key")[1]) == {"destroyed": [], "kept": [0]}
    assert json.loads(run("holds")[1])["reason"] == "a case"
    assert run("lift", str(json.loads(held)["hold"]), "--reason", "closed")[0] == 0
    assert json.loads(run("destroy", "0", "--reason", "a key")[1])["destroyed"] == [0]

    for name, command in (("export", "export"), ("notes", "checkpoints"), ("key", "key")):
        (tmp_path / name).write_text(run(command)[1])
    assert "But soft!" not in (tmp_path / "export").read_text()
    given = [str(tmp_path / "export"), "--checkpoint", str(tmp_path / "notes")]
    assert main(["audit", "verify", *given, "--key", str(tmp_path / "key")]) == 0


def test_proofs_and_the_length_of_the_record_are_told(run: object) -> None:
    assert callable(run)
    assert run("checkpoint")[1].splitlines()[1] == "2"
    status = json.loads(run("status")[1])
    assert status == {"entries": 2, "waiting": 0, "signed": 2, "behind": 0}
    assert len(json.loads(run("proof", "--index", "1", "--size", "2")[1])["hashes"]) == 1
    assert len(json.loads(run("proof", "--old", "1", "--size", "2")[1])["hashes"]) == 1
    assert run("proof", "--index", "7", "--size", "2")[0] == 1
    assert run("lift", "9", "--reason", "x")[0] == 1
