"""Ports that are free, and stay the same."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from xmpp_bridge.ejabberd.ports import forget_ports, with_ports
from xmpp_bridge.ejabberd.private_file import make_private
from xmpp_bridge.ejabberd.settings import EjabberdSettings


@pytest.fixture
def settings(tmp_path: Path) -> EjabberdSettings:
    settings = EjabberdSettings("montague.lit", tmp_path / "x")
    make_private(settings.files.folders)
    return settings


def test_the_next_start_gets_the_same_ports(settings: EjabberdSettings) -> None:
    chosen = with_ports(settings)

    assert chosen.c2s_port != chosen.component_port
    assert with_ports(settings) == chosen


def test_a_port_that_somebody_else_took_meanwhile_is_replaced(settings: EjabberdSettings) -> None:
    chosen = with_ports(settings)
    with socket.create_server((chosen.interface, chosen.c2s_port)):
        again = with_ports(settings)

    assert again.c2s_port != chosen.c2s_port
    assert again.component_port == chosen.component_port


def test_a_port_that_was_asked_for_is_not_questioned(settings: EjabberdSettings) -> None:
    asked = EjabberdSettings("montague.lit", settings.directory, c2s_port=5222, component_port=5275)

    assert with_ports(asked) == asked


def test_no_port_comes_from_the_range_lent_to_connections(settings: EjabberdSettings) -> None:
    low, _ = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())

    assert with_ports(settings).c2s_port < max(low, 32768)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"c2s": "x"}', '{"c2s": 70000}'])
def test_a_damaged_file_is_as_good_as_none(settings: EjabberdSettings, content: str) -> None:
    settings.files.ports.write_text(content)

    assert with_ports(settings).c2s_port > 0


def test_forgotten_ports_are_not_taken_again(settings: EjabberdSettings) -> None:
    with_ports(settings)
    forget_ports(settings)

    assert not settings.files.ports.exists()


def test_listeners_that_nobody_asked_for_have_no_port(settings: EjabberdSettings) -> None:
    chosen = with_ports(settings)
    more = with_ports(replace(settings, direct_tls_port=0, web_port=0))

    assert (chosen.direct_tls_port, chosen.web_port) == (None, None)
    assert more.direct_tls_port
    assert more.web_port
    assert with_ports(replace(settings, direct_tls_port=0, web_port=0)) == more
