"""Checks an export of the record against checkpoints that were kept elsewhere. Needs this file and Python 3.11 alone.

    python3 verify.py EXPORT --checkpoint FILE --key FILE [--stream FILE]

It trusts the key and whoever kept the checkpoints, and nobody else. Nothing of the service is imported: what is to
be checked should not check itself. `docs/audit.md` says what an export is, and what each verdict means.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any, TextIO

GOOD, BAD, IMPOSSIBLE = range(3)


class Finding(Exception):  # noqa: N818 - it is what is looked for
    """What is wrong, at the first entry that is."""


# RFC 8032, section 5.1: Ed25519, as far as checking a signature goes. Slow, and easy to compare with the RFC.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, p: Point) -> Point:
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _add(result, p)
        p = _add(p, p)
        factor >>= 1
    return result


def _x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _point(text: bytes) -> Point | None:
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


_BASE_Y = 4 * pow(5, -1, P) % P
_BASE_X = _x_of(_BASE_Y, 0) or 0
BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is an Ed25519 signature of the message by this key."""
    if len(public) != 32 or len(signature) != 64:  # noqa: PLR2004 - RFC 8032, 5.1.5 and 5.1.6
        return False
    a, r = _point(public), _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    k = int.from_bytes(digest, "little") % Q
    p, q = _times(s, BASE), _add(r, _times(k, a))
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


@dataclass(frozen=True)
class Key:
    """A verifier key of C2SP signed-note: name, key id, public key."""

    name: str
    id: bytes
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A tree as somebody has signed it: C2SP tlog-checkpoint."""

    size: int
    root: bytes
    text: str
    signatures: tuple[str, ...]

    def demand_signed(self, key: Key) -> None:
        """Raise a Finding unless the key has signed it."""
        for line in self.signatures:
            name, _, encoded = line.removeprefix("— ").partition(" ")
            raw = base64.b64decode(encoded)
            if name == key.name and raw[:4] == key.id:
                if is_signed(key.public, self.text.encode(), raw[4:]):
                    return
                raise Finding(f"the signature of the checkpoint of size {self.size} is forged")
        raise Finding(f"the checkpoint of size {self.size} is not signed by {key.name}")


def read_key(text: str) -> Key:
    name, id_, encoded = text.strip().split("+", 2)
    raw = base64.b64decode(encoded)
    if raw[:1] != b"\1":
        raise ValueError("this is no Ed25519 key")
    if hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != id_:
        raise ValueError("the key's id does not belong to it")
    return Key(name, bytes.fromhex(id_), raw[1:])


def read_checkpoints(text: str) -> list[Checkpoint]:
    """The checkpoints in a file of them, the smallest tree first."""
    found, lines = [], [line for line in text.splitlines() if line]
    while lines:
        (origin, size, root), lines = lines[:3], lines[3:]
        signatures = list(takewhile(lambda line: line.startswith("— "), lines))
        lines = lines[len(signatures) :]
        whole = f"{origin}\n{size}\n{root}\n"
        found.append(Checkpoint(int(size), base64.b64decode(root), whole, tuple(signatures)))
    return sorted(found, key=lambda each: each.size)


def canonical(value: Any) -> bytes:
    """As RFC 8785 writes it; entries hold no other numbers than small whole ones."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """RFC 6962, section 2.1: complete subtrees, as heights and hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._nodes: list[tuple[int, bytes]] = []

    def append(self, leaf: bytes) -> None:
        node = (0, leaf)
        while self._nodes and self._nodes[-1][0] == node[0]:
            node = (node[0] + 1, node_hash(self._nodes.pop()[1], node[1]))
        self._nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        hashes = [each for _, each in self._nodes]
        while len(hashes) > 1:
            right = hashes.pop()
            hashes[-1] = node_hash(hashes[-1], right)
        return hashes[0] if hashes else hashlib.sha256(b"").digest()


def root_by_proof(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); None if it is none."""
    number, last, hash_ = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if number & 1 or number == last:
            hash_ = node_hash(each, hash_)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            hash_ = node_hash(hash_, each)
        number, last = number >> 1, last >> 1
    return hash_ if last == 0 else None


@dataclass
class Checker:
    """Takes the lines of an export in their order; raises a Finding at the first that is wrong."""

    key: Key
    checkpoints: list[Checkpoint]
    elsewhere: dict[int, str] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)
    proven: int = 0
    entries: int = 0
    next_index: int = 0
    missing: set[int] = field(default_factory=set)
    destroyed: set[int] = field(default_factory=set)
    whole: bool = True
    next_checkpoint: int = 0

    def take(self, line: dict[str, Any]) -> None:
        if "export" in line:
            self.whole = bool(line["export"]["whole"])
        if "entry" not in line:
            return
        index, due = int(line["index"]), self.next_index
        if index < due or (self.whole and index > due):
            raise Finding(f"entry {due} is missing: {index} stands in its place")
        leaf = self._leaf(index, line)
        self._check_content(index, line)
        self.entries += 1
        self.next_index = index + 1
        if self.whole:
            self.tree.append(leaf)
            self._compare()
        else:
            self._check_proof(index, leaf, line)

    def finish(self) -> None:
        """What can be said only when all has been seen."""
        if not self.whole:
            return
        if self.next_checkpoint < len(self.checkpoints):
            self.checkpoints[-1].demand_signed(self.key)
            raise Finding(
                f"entry {self.tree.size} is missing: the record ends there,"
                f" and was once of {self.checkpoints[-1].size} entries"
            )
        if not self.proven and self.tree.size:
            raise Finding("entry 0 is not proven: no checkpoint is of a part of this export")
        for index in sorted(self.missing - self.destroyed):
            raise Finding(f"entry {index} has lost its content: no entry says who destroyed it")

    def _leaf(self, index: int, line: dict[str, Any]) -> bytes:
        entry = line["entry"]
        inside = entry.get("index")
        leaf = leaf_hash(canonical(entry))
        if inside != index:
            raise Finding(f"entry {index} is not there: entry {inside} stands in its place")
        if line.get("leaf", leaf.hex()) != leaf.hex():
            raise Finding(f"entry {index} was altered: it does not have the hash that it had")
        if self.elsewhere.get(index, leaf.hex()) != leaf.hex():
            raise Finding(f"entry {index} was altered: the stream had another one")
        return leaf

    def _check_content(self, index: int, line: dict[str, Any]) -> None:
        content, salt = line.get("content"), line.get("salt")
        if content is None or salt is None:
            self.missing.add(index)
            return
        digest = hashlib.sha256(bytes.fromhex(salt) + canonical(content)).hexdigest()
        if digest != line["entry"]["content"]:
            raise Finding(f"entry {index}: its content was altered")
        blob = line.get("blob")
        if blob is not None:
            raw = base64.b64decode(blob)
            if hashlib.sha256(raw).hexdigest() != content.get("sha256"):
                raise Finding(f"entry {index}: its data were altered")
        if line["entry"]["kind"] == "destruction":
            self.destroyed |= set(content.get("entries", ()))

    def _compare(self) -> None:
        """With every checkpoint that is of the tree as it is now."""
        while self.next_checkpoint < len(self.checkpoints):
            checkpoint = self.checkpoints[self.next_checkpoint]
            if checkpoint.size > self.tree.size:
                return
            is_last = self.next_checkpoint == len(self.checkpoints) - 1
            same = checkpoint.size < self.tree.size or checkpoint.root == self.tree.root()
            if is_last or not same:
                # Each takes some milliseconds; whoever can forge one in between, only makes it differ.
                checkpoint.demand_signed(self.key)
            if not same:
                raise Finding(
                    f"entry {self.proven} is the first that may have been altered, and"
                    f" {checkpoint.size - 1} the last: the tree of {checkpoint.size} was another one"
                )
            self.proven = checkpoint.size
            self.next_checkpoint += 1

    def _check_proof(self, index: int, leaf: bytes, line: dict[str, Any]) -> None:
        proof, size = [bytes.fromhex(each) for each in line["proof"]], int(line["size"])
        root = root_by_proof(index, size, leaf, proof)
        for signed in (each for each in self.checkpoints if each.size == size):
            if self.proven != size:
                signed.demand_signed(self.key)
            self.proven = size
            if root != signed.root:
                raise Finding(f"entry {index} was altered: it is not in the tree of size {size}")
        if self.proven != size:
            raise Finding(f"entry {index} is not proven: there is no checkpoint of size {size}")


def check(lines: Iterable[str], checker: Checker) -> str:
    """What can be said for an export; raises a Finding if it is not what it was."""
    for line in lines:
        try:
            checker.take(json.loads(line))
        except (KeyError, TypeError, ValueError) as error:
            at = checker.next_index
            raise Finding(f"entry {at} cannot be read: {type(error).__name__}") from error
    checker.finish()
    after = max(0, checker.tree.size - checker.proven)
    unproven = f", {after} newer than the last checkpoint" if after else ""
    gone = f", {len(checker.missing)} of them without their content" if checker.missing else ""
    return f"{checker.entries} entries are as they were{gone}{unproven}"


def _lines(path: str) -> Iterator[str]:
    with sys.stdin if path == "-" else Path(path).open(encoding="utf-8") as file:
        yield from file


def main(arguments: Sequence[str] | None = None, out: TextIO = sys.stdout) -> int:
    """Say on one line what became of the export; the exit status is 0 if nothing is wrong with it, else 1."""
    parser = argparse.ArgumentParser(prog="verify", description=__doc__.splitlines()[0])
    parser.add_argument("export", help="JSON lines; - reads standard input")
    parser.add_argument("--checkpoint", action="append", required=True, help="as kept elsewhere")
    parser.add_argument("--key", required=True, help="file with the record's public key")
    parser.add_argument("--stream", help="the JSON lines that went to a log server, kept there")
    options = parser.parse_args(arguments)
    try:
        key = read_key(Path(options.key).read_text())
        kept = "\n".join(Path(each).read_text() for each in options.checkpoint)
        told = [json.loads(line) for line in _lines(options.stream)] if options.stream else []
        elsewhere = {each["index"]: each["leaf"] for each in told if "leaf" in each}
        verdict = check(_lines(options.export), Checker(key, read_checkpoints(kept), elsewhere))
    except Finding as finding:
        out.write(f"NOT what it was: {finding}\n")
        return BAD
    except (OSError, ValueError) as error:
        out.write(f"cannot verify: {error}\n")
        return IMPOSSIBLE
    out.write(f"{verdict}\n")
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
