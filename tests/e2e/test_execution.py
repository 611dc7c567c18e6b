"""A cell that runs where nobody looks: what the kernel says is on the other's disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest
from nbformat.reader import NotJSONError

from tests.e2e.stage import Person, Stage, on_disk, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

TICKS = 8
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
CODE = f"""\
import base64, sys, time
from IPython.display import HTML, Image, display
for tick in range({TICKS}):
    print("tick", tick, flush=True)
    time.sleep(0.3)
print("né 🌹", file=sys.stderr, flush=True)
display(HTML("<b>wherefore</b>"))
display(Image(base64.b64decode("{PIXEL}")))
40 + 2"""
FAILING = "print('before', flush=True)\n1 / 0"


async def test_what_a_cell_says_with_no_browser_open_is_on_the_others_disk(
    stage: Stage, record_property: Any
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document = await shared(stage, "run.ipynb", CODE, "x = 1")
    async with kernel(alice, "run.ipynb") as kernel_id:
        answer = await run(alice, kernel_id, document, "run.ipynb", 0, CODE)
        assert answer["status"] == "ok"
    await alice.live(document)
    notebook = await on_both_disks(alice, bob, "run.ipynb", answer["execution_count"])
    said, warned, html, image, result = notebook.cells[0].outputs
    assert (said.name, said.text) == ("stdout", "".join(f"tick {n}\n" for n in range(TICKS)))
    assert (warned.name, warned.text) == ("stderr", "né 🌹\n")
    assert html.data["text/html"] == "<b>wherefore</b>"
    assert image.data["image/png"].strip() == PIXEL
    assert result.data["text/plain"] == "42"
    assert notebook.cells[0].source == CODE
    assert not notebook.cells[1].outputs
    record_property("figure", f"{TICKS} ticks, stderr, html, image, result: on both disks, once")


async def test_a_cell_that_fails_shows_its_error_at_the_other(
    stage: Stage, record_property: Any
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document = await shared(stage, "fail.ipynb", FAILING)
    async with kernel(alice, "fail.ipynb") as kernel_id:
        answer = await run(alice, kernel_id, document, "fail.ipynb", 0, FAILING)
        assert answer["status"] == "error"
    notebook = await on_both_disks(alice, bob, "fail.ipynb", answer["execution_count"])
    said, error = notebook.cells[0].outputs
    assert said.text == "before\n"
    assert error.ename == "ZeroDivisionError"
    record_property("figure", "stream and traceback on both disks")


async def test_whoever_runs_it_again_replaces_what_another_kernel_said(
    stage: Stage, record_property: Any
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document = await shared(stage, "both.ipynb", "import os")
    for person, other, word in ((alice, bob, "hers"), (bob, alice, "his")):
        async with kernel(person, "both.ipynb") as kernel_id:
            answer = await run(person, kernel_id, document, "both.ipynb", 0, f"print('{word}')")
            assert answer["status"] == "ok"
        await until(partial(_says, other, word), f"{word} at {other.name}'s")
    await on_both_disks(alice, bob, "both.ipynb", 1)
    record_property("figure", "two kernels, one set of outputs")


async def shared(stage: Stage, path: str, *sources: str) -> str:
    """A document of alice's that bob has on disk."""
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, _ = await stage.shared(alice, path, *sources, bob="editor")
    await on_disk([alice, bob], path, list(sources))
    return document


@asynccontextmanager
async def kernel(person: Person, path: str) -> AsyncIterator[str]:
    """A kernel of this person's for the notebook, shut down at the end."""
    wanted = {"path": path, "type": "notebook", "name": path, "kernel": {"name": "python3"}}
    session = await person.server.call("POST", "api/sessions", wanted)
    try:
        yield session["kernel"]["id"]
    finally:
        await person.server.call("DELETE", f"api/sessions/{session['id']}")


async def run(
    person: Person, kernel_id: str, document: str, path: str, cell: int, code: str
) -> dict[str, Any]:
    """Have the Jupyter server run a cell, as JupyterLab with jupyter-server-nbmodel asks for it."""
    file_id = (await person.status(document))["file_id"]
    metadata = {
        "cell_id": person.read(path).cells[cell].id,
        "document_id": f"json:notebook:{file_id}",
        "document_path": path,
    }
    queued = await person.server.call(
        "POST", f"api/kernels/{kernel_id}/execute", {"code": code, "metadata": metadata}
    )

    async def answered() -> Any:
        answer = await person.server.call("GET", queued["request_url"].lstrip("/"))
        return "status" in answer and answer

    answer: dict[str, Any] = await until(answered, "the kernel has answered")
    return answer


async def on_both_disks(alice: Person, bob: Person, path: str, execution_count: int) -> Any:
    """Both files, once they have the cell's last word and are the same."""

    async def same() -> Any:
        try:
            hers, his = alice.read(path), bob.read(path)
        except NotJSONError:
            return None  # jupyter_server rewrites a file in place: we looked in between
        done = hers.cells[0].execution_count == execution_count
        return hers if done and hers.cells == his.cells else None

    return await until(same, "both disks have what the kernel said")


async def _says(person: Person, word: str) -> bool:
    try:
        outputs = person.read("both.ipynb").cells[0].outputs
    except NotJSONError:
        return False
    return [output.text for output in outputs] == [f"{word}\n"]
