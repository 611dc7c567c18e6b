"""The rules of ARCHITECTURE.md, held against the code."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xmpp_bridge"
OURS = [PACKAGE, ROOT / "tests", ROOT / "demo", ROOT / "benchmarks", ROOT / "scripts"]
LONGEST_FILE = 350

# Alembic numbers its revisions and writes most of them.
GENERATED = PACKAGE / "storage" / "migrations" / "versions"

# Built, and put where JupyterLab looks for it.
LABEXTENSION = PACKAGE / "labextension"

YDOC = "jupyter_server_ydoc"
KNOWS_YDOC = {"documents/linked_room.py", "documents/ydoc_server.py"}
DRAWERS = {"utils.py", "helpers.py", "common.py", "types.py"}
# A module of column types is one thing; a drawer of types is not.
NOT_A_DRAWER = {PACKAGE / "storage" / "types.py"}


def sources(*folders: Path) -> list[Path]:
    found = (path for folder in folders for path in folder.rglob("*.py"))
    return sorted(path for path in found if not path.is_relative_to(GENERATED))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def strings(path: Path) -> Iterator[str]:
    """Every string of a module that is not a docstring."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(statement.value)
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            yield from [node.value] if isinstance(node.value, str) else []


def imports(path: Path) -> set[str]:
    """The modules that a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_imports_go_down_only() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("path", sources(*OURS), ids=relative)
def test_a_file_stays_small_enough_to_be_read_at_once(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_there_are_no_drawers() -> None:
    drawers = [path for path in sources(*OURS) if path.name in DRAWERS]

    assert set(drawers) <= NOT_A_DRAWER


def test_each_namespace_of_ours_is_declared_in_one_file() -> None:
    declared = defaultdict(set)
    for path in sources(PACKAGE):
        for text in strings(path):
            for namespace in re.findall(r"urn:xmpp-bridge:[a-z-]+:\d+", text):
                declared[namespace].add(relative(path))

    assert declared
    assert {namespace: files for namespace, files in declared.items() if len(files) > 1} == {}


def test_only_the_linked_room_and_its_server_know_jupyter_server_ydoc() -> None:
    knowing = {
        str(path.relative_to(PACKAGE))
        for path in sources(PACKAGE)
        if any(name.partition(".")[0] == YDOC for name in imports(path))
    }

    assert knowing <= KNOWS_YDOC


def test_nothing_drops_a_cancellation() -> None:
    """`wait_for` does, until Python 3.12, when the result comes at the same time: the task then never ends."""
    users = [
        path
        for path in PACKAGE.rglob("*.py")
        if "asyncio.wait_for" in path.read_text(encoding="utf-8")
    ]
    assert users == []


def test_the_demo_and_the_benchmarks_import_nothing_from_the_tests() -> None:
    importing = [
        relative(path)
        for path in sources(ROOT / "demo", ROOT / "benchmarks")
        if any(name.partition(".")[0] == "tests" for name in imports(path))
    ]

    assert importing == []


def test_the_package_imports_nothing_of_the_repository_around_it() -> None:
    around = {"tests", "demo", "benchmarks", "scripts"}
    importing = [
        relative(path)
        for path in sources(PACKAGE)
        if {name.partition(".")[0] for name in imports(path)} & around
    ]

    assert importing == []


def test_a_wheel_holds_what_the_package_reads_at_run_time() -> None:
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    held = {path.suffix for path in files if not path.is_relative_to(LABEXTENSION)} - {".pyc"}

    assert held <= {".py", ".yml", ".html", ".mako", ".sql", ".typed", ".json", ".ini"}
