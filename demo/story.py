"""What everybody finds when the demo has started: one notebook, already shared between all three."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.reader import NotJSONError

from demo.rest import Rest
from demo.sharing import SharedNotebook, join, links, share
from demo.stack import PEOPLE, Stack

NOTEBOOK = Path(__file__).with_name("notebooks") / "daylight.ipynb"
PATH = NOTEBOOK.name
OWNER, *OTHERS = PEOPLE


async def prepare(stack: Stack) -> None:
    """Start everybody's Jupyter server and share the notebook, unless an earlier demo has."""
    started = await asyncio.gather(*(stack.start_server(person) for person in PEOPLE))
    servers = dict(zip(PEOPLE, started, strict=True))
    notebook = await _shared_by_owner(stack, servers[OWNER])
    for person in OTHERS:
        if not await links(servers[person]):
            await join(servers[person], notebook, PATH)


async def _shared_by_owner(stack: Stack, owner: Rest) -> SharedNotebook:
    for link in await links(owner):
        return SharedNotebook(link["room"], link["document"])
    shutil.copy(NOTEBOOK, stack.settings.home(OWNER))
    return await share(owner, PATH, "Verona", dict.fromkeys(OTHERS, "editor"))


def read_valid(path: Path) -> Any:
    """The notebook on disk, valid by nbformat and with every cell id once, or not returned at all."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    ids = [cell["id"] for cell in notebook["cells"]]
    if len(set(ids)) != len(ids):
        raise ValueError(f"a cell id occurs twice in {path}")
    return notebook


async def until_saved(path: Path, sources: list[str]) -> bool:
    """Whether the file on disk has these cells now."""
    try:
        return [cell["source"] for cell in read_valid(path)["cells"]] == sources
    except NotJSONError:
        return False  # jupyter_server rewrites a file in place: we looked in between
