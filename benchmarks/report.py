"""What the figures say, and whether it is good enough."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEDIAN_FACTOR = 2.5
P99_ALLOWANCE_MS = 60.0


@dataclass(frozen=True)
class Summary:
    """The keystrokes of one system, all its runs together; in milliseconds."""

    keys: int
    lost: int
    median: float
    p95: float
    p99: float
    worst: float


def summarise(latencies: Sequence[float | None]) -> Summary:
    arrived = sorted(latency for latency in latencies if latency is not None)
    median, p95, p99 = (_quantile(arrived, share) for share in (0.5, 0.95, 0.99))
    lost = len(latencies) - len(arrived)
    return Summary(len(latencies), lost, median, p95, p99, arrived[-1] if arrived else math.inf)


def table(summaries: Mapping[str, Summary]) -> str:
    """The summaries in Markdown."""
    head = "| | keys | lost | median ms | p95 | p99 | worst |\n|---|--:|--:|--:|--:|--:|--:|"
    rows = [
        f"| {name} | {s.keys} | {s.lost} | {s.median:.2f} | {s.p95:.2f} | {s.p99:.2f} | {s.worst:.2f} |"
        for name, s in summaries.items()
    ]
    return "\n".join([head, *rows])


def verdict(ours: Summary, stock: Summary) -> tuple[str, bool]:
    """Our figures against what we promise, in one line; and whether the promise is kept."""
    factor, beyond = ours.median / stock.median, ours.p99 - stock.p99
    line = (
        f"median {ours.median:.2f} ms, {factor:.2f} x stock (at most {MEDIAN_FACTOR});"
        f" p99 {ours.p99:.2f} ms, stock {beyond:+.2f} ms (at most +{P99_ALLOWANCE_MS:.0f});"
        f" lost {ours.lost}"
    )
    return line, factor <= MEDIAN_FACTOR and beyond <= P99_ALLOWANCE_MS and not ours.lost


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf
