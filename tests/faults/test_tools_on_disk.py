"""Programs that know nothing of Jupyter change the file of a shared notebook, while somebody else types in it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from demo import edits
from demo.stack import REPOSITORY
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs, until
from tests.e2e.typists import Typist

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

JUPYTEXT = REPOSITORY / ".venv-tools" / "bin" / "jupytext"
NBCONVERT = (sys.executable, "-m", "nbconvert")
GIT = ("git", "-c", "user.name=Alice", "-c", "user.email=alice@verona.example")
WAITS = """\
import pathlib, time
pathlib.Path("started").touch()
while not pathlib.Path("go").exists():
    time.sleep(0.05)
print("ran")"""


async def run(folder: Path, *command: str | Path) -> None:
    """Run a program there and return when it has succeeded."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def commit_two_revisions(notebook: Path) -> None:
    """The file as it is, and on a branch of a colleague's with another second cell and one more cell."""
    folder, theirs = notebook.parent, notebook.parent / "theirs"
    await run(folder, *GIT, "init", "--quiet")
    await run(folder, *GIT, "add", notebook.name)
    await run(folder, *GIT, "commit", "--quiet", "--message", "as shared")
    await run(folder, *GIT, "clone", "--quiet", folder, theirs)
    edit(theirs / notebook.name)
    await run(theirs, *GIT, "commit", "--quiet", "--all", "--message", "edited")
    await run(folder, *GIT, "fetch", "--quiet", "theirs", "HEAD:edited")


def edit(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells[1].source = "y = 20"
    notebook.cells.append(nbformat.v4.new_code_cell("w = 4", id="added"))  # type: ignore[no-untyped-call]
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


async def check_out(notebook: Path) -> None:
    await run(notebook.parent, *GIT, "checkout", "--quiet", "edited")


async def pair(notebook: Path) -> None:
    """Keep a script beside the notebook; edit it."""
    await run(notebook.parent, JUPYTEXT, "--set-formats", "ipynb,py:percent", notebook)


def edit_script(notebook: Path) -> None:
    script = notebook.with_suffix(".py")
    script.write_text(script.read_text().replace("y = 2", "y = 20") + "\n# %%\nw = 4\n")


async def synchronise(notebook: Path) -> None:
    edit_script(notebook)
    await run(notebook.parent, JUPYTEXT, "--sync", notebook)


async def update(notebook: Path) -> None:
    edit_script(notebook)
    script = notebook.with_suffix(".py")
    await run(notebook.parent, JUPYTEXT, "--to", "notebook", "--update", script)


async def clear(notebook: Path) -> None:
    await run(notebook.parent, *NBCONVERT, "--clear-output", "--inplace", notebook)


async def nothing(notebook: Path) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Tool:
    prepare: Callable[[Path], Awaitable[None]]
    change: Callable[[Path], Awaitable[None]]
    edits: bool = True
    clears: bool = False


TOOLS = {
    "git-checkout": Tool(commit_two_revisions, check_out),
    "jupytext-sync": Tool(pair, synchronise),
    "jupytext-update": Tool(pair, update),
    "nbconvert-clear": Tool(nothing, clear, edits=False, clears=True),
}


@pytest.mark.parametrize(
    "name",
    [
        "git-checkout",
        pytest.param("jupytext-sync", marks=pytest.mark.accept),
        pytest.param("jupytext-update", marks=pytest.mark.accept),
        "nbconvert-clear",
    ],
)
async def test_a_tool_changes_the_file_while_somebody_types(
    stage: Stage, alice: Person, bob: Person, name: str, record_property: Any
) -> None:
    tool, path = TOOLS[name], f"{name}/notebook.ipynb"
    (bob.home / path).parent.mkdir()
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", "", bob="editor")
    file = alice.home / path
    async with tabs(path, alice, bob) as (hers, his):
        edits.add_output(hers.notebook, 0, "said\n")
        await until(lambda: _has_output(alice, path), "the output is on alice's disk")
        await tool.prepare(file)
        typist = Typist(his, 2)
        typing = asyncio.create_task(typist.run())
        await his.until(lambda: typist.typed > 10, "bob types")
        await tool.change(file)
        after = ["x = 1", "y = 20" if tool.edits else "y = 2", ..., *(["w = 4"] * tool.edits)]

        def merged() -> bool:
            seen: list[Any] = edits.sources(his.notebook)
            outputs = len(his.notebook.ycells[0]["outputs"])
            return [*seen[:2], ..., *seen[3:]] == after and outputs == (not tool.clears)

        await his.until(merged, f"what {name} has changed")
        typist.stop()
        await typing
        await agree([hers, his])
        expected = [typist.text if source is ... else source for source in after]
        assert edits.sources(his.notebook) == expected
        for person in (alice, bob):
            await person.live(document)
    await on_disk([alice, bob], path, expected)
    record_property("figure", f"{name}: {typist.typed} strokes, 0 lost, 0 doubled")


async def _has_output(person: Person, path: str) -> bool:
    return bool(person.read(path).cells[0].outputs)


async def test_nbconvert_executes_what_it_has_read_before_others_typed(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """It writes all it read, minutes ago perhaps, and with it takes back what was typed and saved meanwhile."""
    path = "executed/notebook.ipynb"
    (bob.home / path).parent.mkdir()
    document, _ = await stage.shared(alice, path, WAITS, "y = 2", bob="editor")
    file = alice.home / path
    async with tabs(path, alice, bob) as (hers, his):
        executing = asyncio.create_task(
            run(
                file.parent,
                *NBCONVERT,
                *("--to", "notebook", "--execute", "--inplace", "--log-level", "ERROR", file),
            )
        )
        await until(lambda: _is_there(file.with_name("started")), "it runs")
        edits.append_text(his.notebook, 1, " # meanwhile")
        await on_disk([alice], path, [WAITS, "y = 2 # meanwhile"])
        file.with_name("go").touch()
        edits.append_text(his.notebook, 1, " and on")
        await executing
        await his.until(lambda: len(his.notebook.ycells[0]["outputs"]) == 1, "the output")
        await agree([hers, his])
        expected = [WAITS, "y = 2 # meanwhile and on"]
        assert edits.sources(his.notebook) == expected
        for person in (alice, bob):
            await person.live(document)
    await on_disk([alice, bob], path, expected)


async def _is_there(path: Path) -> bool:
    return await asyncio.to_thread(path.exists)
