"""A notebook from somebody else runs no script in my lab."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from demo import edits
from tests.e2e.stage import Person, Stage, on_disk, tabs, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SCRIPT = {
    "output_type": "display_data",
    "data": {"text/html": "<script>window.romeo = true</script>"},
    "metadata": {},
}


def _trusting(source: str) -> dict[str, Any]:
    cell = edits.code_cell(source, [SCRIPT])
    cell["metadata"] = {"trusted": True}
    return cell


async def test_a_trusted_cell_of_another_member_is_not_trusted_here(
    stage: Stage, record_property: Any
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.shared(alice, "script.ipynb", "x = 1", bob="editor")
    async with tabs("script.ipynb", alice, bob) as (hers, his):
        edits.insert_cell(hers.notebook, 1, _trusting("y = 2"))
        edits.set_cell_metadata(hers.notebook, 0, "trusted", value=True)
        await his.until(lambda: len(his.notebook.ycells) == 2, "the cell arrives")
        assert [cell["metadata"].to_py() for cell in his.notebook.ycells] == [{}, {}]
    await on_disk([alice, bob], "script.ipynb", ["x = 1", "y = 2"])
    assert not await _is_trusted(bob, "script.ipynb")
    record_property("figure", "not signed, not trusted")


async def test_a_file_that_its_owner_had_trusted_is_not_trusted_by_others(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    output = nbformat.from_dict(SCRIPT)  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[
            nbformat.v4.new_code_cell(  # type: ignore[no-untyped-call]
                "x = 1", outputs=[output], metadata={"trusted": True}
            )
        ]
    )
    alice.write_notebook("hers.ipynb", notebook)
    await alice.server.call("POST", "api/contents/hers.ipynb/trust")
    assert await _is_trusted(alice, "hers.ipynb")
    room = await stage.room(alice, bob="editor")
    document = (await alice.share("hers.ipynb", room))["document"]
    await alice.live(document)
    await bob.join(document, "his.ipynb")
    await on_disk([bob], "his.ipynb", ["x = 1"])
    assert not await _is_trusted(bob, "his.ipynb")


async def _is_trusted(person: Person, path: str) -> bool:
    """What a lab of this person that opens the file without collaboration would believe."""

    async def saved() -> Any:
        return await person.server.call("GET", f"api/contents/{path}")

    model = await until(saved, path)
    return any(cell["metadata"].get("trusted") for cell in model["content"]["cells"])
