"""Services are killed while they write: what they have acknowledged is in the record, once, and the tree is one."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.audit.conftest import NOON, Ledger
from tests.documents.verona import Verona
from xmpp_bridge.archive.tables import said
from xmpp_bridge.audit import verify
from xmpp_bridge.audit.checkpoints import Checkpoints
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.documents.tables import updates
from xmpp_bridge.hub_service.record_keeper import signing_key
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.storage.engine import create_engine, reading


@pytest.mark.parametrize(
    "kills",
    [2, pytest.param(200, marks=(pytest.mark.accept, pytest.mark.timeout(3_600)))],
)
async def test_nothing_acknowledged_is_missing_and_nothing_is_there_twice(
    migrated_file: Path,
    tmp_path: Path,
    kills: int,
    record_property: Callable[[str, object], None],
) -> None:
    shutil.copy(migrated_file, tmp_path / "bridge.sqlite")
    engine = create_engine(f"sqlite:///{tmp_path / 'bridge.sqlite'}")
    verona = await Verona(engine).settle()
    document = await verona.document()
    async with reading(engine) as connection:
        room = (await connection.execute(select(documents.c.room_id))).scalar_one()
    signing_key(tmp_path / "key.pem")
    acknowledged = await _acknowledged(str(tmp_path), room, document, str(verona.romeo), str(kills))

    ledger = Ledger(engine, tmp_path)
    signer = Signer("montague.lit/record", signing_key(tmp_path / "key.pem"))
    ledger.key.write_text(signer.verifier)
    # The killed may not have come to sign anything.
    await Checkpoints(engine, ledger.sequencer, signer, ledger.kept, lambda: NOON).sign()
    lines = [json.loads(line) for line in await ledger.export()]
    found = Counter(_name(line) for line in lines if "entry" in line)
    assert [line["index"] for line in lines if "entry" in line] == list(range(found.total()))
    entered = Counter({each: count for each, count in found.items() if each[1]})
    assert acknowledged <= set(entered) | {each for each in acknowledged if each[0] == "room"}
    assert set(entered.values()) == {1}
    assert found["room", ""] >= sum(1 for kind, _ in acknowledged if kind == "room")
    await _equal(engine, entered)
    status, verdict = await ledger.verdict()
    assert status == verify.GOOD, verdict
    await engine.dispose()
    record_property(
        "figure",
        f"{kills} kills, {len(acknowledged)} acknowledged, {found.total()} entries: {verdict}",
    )


def _name(line: dict[str, object]) -> tuple[str, str]:
    entry, content = line["entry"], line["content"]
    assert isinstance(entry, dict)
    assert isinstance(content, dict)
    match entry["kind"]:
        case "chat":
            return "chat", content["stanza_id"]
        case "edit":
            return "edit", content["sequence"]
        case kind:
            return kind, ""


async def _equal(engine: AsyncEngine, entered: Counter[tuple[str, str]]) -> None:
    """What was archived was entered, and the other way round."""
    async with reading(engine) as connection:
        for kind, table in (("chat", said), ("edit", updates)):
            there = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
            assert there == sum(1 for each in entered if each[0] == kind)


async def _acknowledged(*given: str) -> set[tuple[str, str]]:
    """What all the writers have said until they were killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.audit.recording_until_killed",
        *given,
        stdout=asyncio.subprocess.PIPE,
    )
    said_, _ = await process.communicate()
    assert process.returncode == 0
    words = (line.split() for line in said_.decode().splitlines())
    return {(kind, number) for kind, number in words}
