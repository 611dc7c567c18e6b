"""The documentation is true: links lead somewhere, and nothing that can be set or watched is left out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from traitlets.config import Configurable

from xmpp_bridge.documents import metrics as server_metrics
from xmpp_bridge.hub_service.application import HubService
from xmpp_bridge.hub_service.metrics import Metrics
from xmpp_bridge.server_extension.extension import XmppBridge

ROOT = Path(__file__).parent.parent
DECISIONS = ROOT / "docs" / "decisions"
OPERATIONS = ROOT / "docs" / "operations.md"
PARTS_OF_A_DECISION = ("## Context", "## Decision", "## Consequences")

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def pages() -> list[Path]:
    written = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")]
    return sorted(written)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def local_links(page: Path) -> Iterator[tuple[Path, str]]:
    for target in LINK.findall(CODE.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield (page.parent / path if path else page), anchor


def settings(configurable: type[Configurable]) -> set[str]:
    """What can be set of ours, not of the classes it is made from."""
    ours = [
        base
        for base in configurable.__mro__
        if issubclass(base, Configurable) and base.__module__.startswith("xmpp_bridge.")
    ]
    return {name for base in ours for name in base.class_own_traits(config=True)}


def served_metrics() -> set[str]:
    """The names under which Prometheus sees what the service counts."""
    return set(re.findall(r"^# TYPE (\w+) ", Metrics().exposition().decode(), re.MULTILINE))


def counted_by_a_jupyter_server() -> set[str]:
    counters = (getattr(server_metrics, name) for name in vars(server_metrics) if name.isupper())
    return {f"{metric.name}_total" for counter in counters for metric in counter.collect()}


@pytest.mark.parametrize("page", pages(), ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in local_links(page):
        assert target.exists(), f"{relative(page)} links to {target}"
        assert not anchor or anchor in anchors(target), f"{relative(page)} links to #{anchor}"


@pytest.mark.parametrize("configurable", [HubService, XmppBridge])
def test_every_setting_is_in_the_operations_manual(configurable: type[Configurable]) -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", OPERATIONS.read_text(), re.MULTILINE))

    assert settings(configurable) - described == set()


def test_every_setting_in_the_operations_manual_exists() -> None:
    described = set(re.findall(r"^\| `(\w+)` \|", OPERATIONS.read_text(), re.MULTILINE))
    metrics = {name for name in described if name.startswith("xmpp_bridge_")}

    assert described - metrics == settings(HubService) | settings(XmppBridge)


def test_every_metric_is_in_the_operations_manual_and_no_other() -> None:
    described = set(re.findall(r"`(xmpp_bridge_\w+)`", OPERATIONS.read_text()))
    created = {name for name in served_metrics() if name.endswith("_created")}

    assert described == (served_metrics() - created) | counted_by_a_jupyter_server()


def test_decisions_are_numbered_without_gaps_and_have_their_parts() -> None:
    decisions = sorted(DECISIONS.glob("*.md"))

    assert [path.name[:4] for path in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    for path in decisions:
        text = path.read_text()
        assert all(part in text for part in PARTS_OF_A_DECISION), relative(path)


def test_the_commands_that_are_documented_can_be_made() -> None:
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    command = re.compile(r"(?:`|^ {4})make ([a-z0-9-]+)", re.MULTILINE)
    named = {target for page in pages() for target in command.findall(page.read_text())}

    assert named <= targets


def test_the_bot_in_the_documentation_is_the_one_that_is_tested() -> None:
    bot = (ROOT / "docs" / "examples" / "answering_bot.py").read_text().strip()
    assert f"```python\n{bot}\n```" in (ROOT / "docs" / "bots.md").read_text()
