"""Start, readiness, crash, stop: ejabberd as a child of the process which needs it."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ejabberd.machine import command_line, environment, family, is_alive, listening
from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.errors import AlreadyRunningError, PortTakenError, StartError
from xmpp_bridge.ejabberd.launcher import Ejabberd, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings

pytestmark = pytest.mark.e2e

DOCUMENTS = "documents.montague.lit"
LAUNCHER = textwrap.dedent("""
    import asyncio, sys
    from pathlib import Path
    from xmpp_bridge.ejabberd.launcher import running
    from xmpp_bridge.ejabberd.settings import EjabberdSettings

    async def main() -> None:
        async with running(EjabberdSettings("montague.lit", Path(sys.argv[1]))) as ejabberd:
            print(ejabberd.pid, flush=True)
            await ejabberd.wait()

    asyncio.run(main())
""")


def api_of(ejabberd: Ejabberd) -> EjabberdApi:
    return EjabberdApi(ejabberd.admin_address, "montague.lit", ejabberd.admin_credential)


async def test_ready_means_that_somebody_can_log_in_and_stopped_means_gone(
    settings: EjabberdSettings,
) -> None:
    async with running(settings) as ejabberd:
        everything = family(ejabberd.pid)
        async with Verona(ejabberd).person("romeo"):
            assert await api_of(ejabberd).sessions("romeo") == ["jupyter"]

    assert not any(map(is_alive, everything))


async def test_killed_and_started_again_it_has_its_address_and_its_rooms(
    settings: EjabberdSettings,
) -> None:
    async with running(settings) as ejabberd:
        api, before = api_of(ejabberd), ejabberd.c2s
        await api.create_room("balcony", DOCUMENTS, {"members_only": "false", "password": "rose"})
        await api.set_affiliation("balcony", DOCUMENTS, "juliet@montague.lit", "member")

        await ejabberd.kill()
        assert await ejabberd.wait() == -signal.SIGKILL
        await ejabberd.start()

        assert ejabberd.c2s == before
        assert await api.rooms(DOCUMENTS) == ["balcony"]
        assert (await api.room_options("balcony", DOCUMENTS))["password"] == "rose"
        affiliations = await api.affiliations("balcony", DOCUMENTS)
        assert affiliations == {"juliet@montague.lit": "member"}


async def test_several_start_at_the_same_time_and_do_not_know_of_each_other(
    tmp_path: Path,
) -> None:
    async def start(name: str) -> None:
        async with running(EjabberdSettings("montague.lit", tmp_path / name)) as ejabberd:
            started.append(ejabberd.c2s)
            await api_of(ejabberd).create_room(name, DOCUMENTS, {})
            await together.wait()
            assert await api_of(ejabberd).rooms(DOCUMENTS) == [name]

    started: list[tuple[str, int]] = []
    together = asyncio.Barrier(3)
    async with asyncio.TaskGroup() as tasks:
        for name in ("romeo", "juliet", "nurse"):
            tasks.create_task(start(name))

    assert len(set(started)) == 3


async def test_it_listens_on_its_two_ports_only_and_is_no_erlang_node(
    settings: EjabberdSettings,
) -> None:
    async with running(settings) as ejabberd:
        command = command_line(ejabberd.pid)

        assert listening(ejabberd.pid) == {ejabberd.c2s, ejabberd.component}
        assert "name" not in command.replace("progname", "")  # neither -sname nor -name
        assert "cookie" not in command
        assert not list(settings.files.home.rglob("*cookie*"))
        assert not any("epmd" in command_line(member) for member in family(ejabberd.pid))


async def test_no_secret_is_on_a_command_line_or_in_a_log(settings: EjabberdSettings) -> None:
    async with running(settings) as ejabberd:
        credential = ejabberd.admin_credential()
        await api_of(ejabberd).create_room("balcony", DOCUMENTS, {"password": "wherefore"})
        async with Verona(ejabberd).person("romeo"), Verona(ejabberd).component():
            commands = "".join(map(command_line, family(ejabberd.pid)))
    logs = "".join(log.read_text() for log in settings.files.logs.iterdir())

    for secret in (ejabberd.secrets.component, credential.rpartition(".")[2], "wherefore"):
        assert secret not in commands
        assert secret not in logs


async def test_the_service_s_environment_is_not_for_ejabberd(
    settings: EjabberdSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "wherefore")
    async with running(replace(settings, environment={"TZ": "Europe/Rome"})) as ejabberd:
        environments = [environment(member) for member in family(ejabberd.pid)]

    assert not any("wherefore" in environment for environment in environments)
    assert all("TZ=Europe/Rome" in environment for environment in environments)


async def test_its_directory_may_have_any_name(tmp_path: Path) -> None:
    directory = tmp_path / 'Juliet\'s "balcony" $HOME é' / ("x" * 120)

    async with running(EjabberdSettings("montague.lit", directory)) as ejabberd:
        await api_of(ejabberd).status()


async def test_a_port_that_was_asked_for_and_is_taken_is_said_so(
    settings: EjabberdSettings,
) -> None:
    with taken_port() as port, pytest.raises(PortTakenError, match=str(port)):
        async with running(replace(settings, c2s_port=port)):
            pass


async def test_a_port_taken_by_somebody_quicker_is_replaced(
    settings: EjabberdSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taken_port() as port:
        offers = iter([port])
        choose = "xmpp_bridge.ejabberd.ports.FreePorts.take"
        monkeypatch.setattr(choose, lambda _free, _kept: next(offers, None) or unused_port())
        async with running(settings) as ejabberd:
            assert ejabberd.settings.c2s_port != port


async def test_a_second_launcher_is_refused(settings: EjabberdSettings) -> None:
    async with running(settings) as ejabberd:
        with pytest.raises(AlreadyRunningError):
            async with running(settings):
                pass
        await api_of(ejabberd).status()


async def test_a_configuration_that_ejabberd_refuses_is_an_error_with_its_reason(
    settings: EjabberdSettings,
) -> None:
    with pytest.raises(StartError, match="loglevel"):
        async with running(replace(settings, loglevel="shouting")):
            pass


async def test_it_is_not_waited_for_for_ever(settings: EjabberdSettings) -> None:
    with pytest.raises(StartError, match="not ready"):
        async with running(replace(settings, start_patience=timedelta(seconds=0.05))):
            pass


async def test_it_ends_when_its_launcher_is_killed(settings: EjabberdSettings) -> None:
    with launched(settings.directory) as (launcher, pid):
        descendants = family(pid)
        launcher.kill()
        await until_gone(descendants)


async def test_the_next_start_replaces_one_which_a_killed_launcher_left(
    settings: EjabberdSettings,
) -> None:
    with launched(settings.directory) as (launcher, pid):
        launcher.send_signal(signal.SIGSTOP)  # alive, so the lifeline holds; but without the lock
        settings.files.lock.unlink()
        before = listening(pid)
        async with running(settings) as ejabberd:
            assert listening(ejabberd.pid) == before
            assert ejabberd.pid != pid
            assert not is_alive(pid)
            await api_of(ejabberd).status()


async def test_a_number_in_the_pid_file_that_is_somebody_else_s_is_left_alone(
    settings: EjabberdSettings,
) -> None:
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    settings.files.run.mkdir(parents=True)
    settings.files.process.write_text(str(bystander.pid))
    async with running(settings):
        assert is_alive(bystander.pid)
    bystander.kill()
    await bystander.wait()


@contextmanager
def launched(directory: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A launcher in a process of its own, and the pid of its ejabberd."""
    arguments = [sys.executable, "-c", LAUNCHER, str(directory)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        try:
            yield launcher, int(launcher.stdout.readline())
        finally:
            launcher.kill()


async def until_gone(pids: list[int]) -> None:
    async with asyncio.timeout(20):
        while any(map(is_alive, pids)):
            await asyncio.sleep(0.05)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def unused_port() -> int:
    with taken_port() as port:
        return port
