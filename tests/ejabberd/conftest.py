"""One ejabberd for all tests that do not end it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.launcher import Ejabberd, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ejabberd() -> AsyncIterator[Ejabberd]:
    """In a folder which others can see, unlike pytest's own, so that only ours keeps them out."""
    with open_folder() as folder:
        settings = EjabberdSettings(
            "montague.lit", folder / "ejabberd", https_port=0, direct_tls_port=0, web_port=0
        )
        async with running(settings) as ejabberd:
            yield ejabberd


@contextmanager
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="xmpp-bridge-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def verona(ejabberd: Ejabberd) -> Verona:
    return Verona(ejabberd)


@pytest.fixture
def api(ejabberd: Ejabberd) -> EjabberdApi:
    return EjabberdApi(ejabberd.admin_address, "montague.lit", ejabberd.admin_credential)


@pytest.fixture
def settings(tmp_path: Path) -> EjabberdSettings:
    """For a test which wants an ejabberd of its own."""
    return EjabberdSettings("montague.lit", tmp_path / "ejabberd")
