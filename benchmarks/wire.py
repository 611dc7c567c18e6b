"""How many bytes one receiver's connection carries for what somebody types, beside those of Yjs.

When a stanza leaves is decided by our outbox, in virtual time; then our own stream sends all of them to a document room
of a real ejabberd, where a bare socket counts what it is sent, after TLS has been taken off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.typing_trace import letters
from benchmarks.wire_policies import Policy, Typed, keystrokes, matrix_crdt, ours, paste
from benchmarks.wire_room import WireRoom, wire_room

SLOW, FAST = 220.0, 120.0
"""Bytes of a keystroke at 5/s, and at 20/s."""
WAIT_MS = 50.0
"""What merging may add to a keystroke."""
SHARE = 0.65
"""Of a large update's own bytes."""
KEYS, PASTED = 1_000, 100_000


@dataclass(frozen=True)
class Scene:
    """What somebody types, and what we promise of it: bytes of a change, or a share of its Yjs bytes."""

    name: str
    typed: Sequence[Typed] = field(repr=False)
    at_most: float
    in_all: bool = False


@dataclass(frozen=True)
class Measured:
    """What one receiver got of a scene."""

    keys: int
    yjs: int
    stanzas: int
    received: int
    waits: Sequence[float] = field(repr=False)
    """Seconds, of each change, in order of length."""

    @property
    def per_key(self) -> float:
        return self.received / self.keys

    @property
    def ratio(self) -> float:
        return self.received / self.yjs

    @property
    def median_ms(self) -> float:
        return 1000 * self.waits[len(self.waits) // 2]

    @property
    def worst_ms(self) -> float:
        return 1000 * self.waits[-1]


async def compare(directory: Path, edits: int) -> list[tuple[Scene, Measured, Measured]]:
    """Each scene as we send it, and as Matrix-CRDT's policy would in stanzas of ours."""
    scenes = (
        Scene("keystrokes at 5/s", keystrokes(letters(KEYS), 5.0), SLOW),
        Scene("keystrokes at 20/s", keystrokes(letters(KEYS), 20.0), FAST),
        Scene(f"{edits:,} edits at 20/s", keystrokes(letters(edits), 20.0), FAST),
        Scene(f"a paste of {PASTED // 1000} kB", paste(PASTED), SHARE, in_all=True),
    )
    async with wire_room(directory) as room:
        return [
            (scene, await _measure(room, scene, ours), await _measure(room, scene, matrix_crdt))
            for scene in scenes
        ]


def table(results: Sequence[tuple[Scene, Measured, Measured]]) -> str:
    """In Markdown."""
    head = (
        "| | Yjs B/key | stanzas | **B/key** | **÷ Yjs** | wait p50 ms | worst |"
        " every 500 ms: B/key | ÷ Yjs | wait p50 | worst |\n|---|" + "--:|" * 10
    )
    rows = [
        f"| {scene.name} | {our.yjs / our.keys:,.1f} | {our.stanzas:,} |"
        f" **{our.per_key:,.0f}** | **{our.ratio:.2f}** | {our.median_ms:.0f} | {our.worst_ms:.0f} |"
        f" {theirs.per_key:,.0f} | {theirs.ratio:.2f} | {theirs.median_ms:.0f} | {theirs.worst_ms:.0f} |"
        for scene, our, theirs in results
    ]
    return "\n".join([head, *rows])


def verdict(results: Sequence[tuple[Scene, Measured, Measured]]) -> tuple[str, bool]:
    """Ours against what we promise, in one line; and whether the promise is kept."""
    said, good = [], True
    for scene, our, _ in results:
        figure = our.ratio if scene.in_all else our.per_key
        shown = f"{figure:.2f} x Yjs" if scene.in_all else f"{figure:.0f} B a key"
        said.append(f"{scene.name} {shown} (at most {scene.at_most:g})")
        good = good and figure <= scene.at_most
    worst = max(our.worst_ms for _, our, _ in results)
    said.append(f"waits {worst:.0f} ms (at most {WAIT_MS:.0f})")
    return "; ".join(said), good and round(worst, 1) <= WAIT_MS


async def _measure(room: WireRoom, scene: Scene, policy: Policy) -> Measured:
    sent = policy(scene.typed)
    received = await room.carry(sent.stanzas)
    yjs = sum(len(each.update) for each in scene.typed)
    return Measured(len(scene.typed), yjs, len(sent.stanzas), received, sorted(sent.waits))
