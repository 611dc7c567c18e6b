from __future__ import annotations

import pytest

from tests.audit import rfc6962
from xmpp_bridge.audit.tree import (
    EMPTY_ROOT,
    TILE_HEIGHT,
    Frontier,
    Node,
    Range,
    consistency,
    folded,
    inclusion,
    joined,
    leaf_hash,
    parts_of,
    root_of,
)
from xmpp_bridge.audit.verify import Tree, root_by_proof

MOST = 35
ENTRIES = [f"entry {number}".encode() for number in range(MOST)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def hash_of(range_: Range) -> bytes:
    def of(node: Node) -> bytes:
        start = node.number << node.height
        return folded(LEAVES[start : start + (1 << node.height)])

    return joined([of(node) for node in parts_of(range_)])


def test_the_roots_are_those_of_certificate_transparency() -> None:
    # The vectors of google/certificate-transparency, which RFC 6962 was written beside.
    vectors = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    entries = [bytes.fromhex(each) for each in [*vectors, "606162636465666768696a6b6c6d6e6f"]]
    leaves = [leaf_hash(each) for each in entries]

    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")
    assert root_of(leaves[:1]).hex().startswith("6e340b9cffb37a98")
    assert root_of(leaves).hex().startswith("5dc9da79a70659a9")


def test_growing_it_leaf_by_leaf_gives_the_root_that_the_rfc_defines() -> None:
    frontier, tree = Frontier(), Tree()
    for size in range(MOST):
        assert frontier.root() == tree.root() == rfc6962.mth(ENTRIES[:size])
        frontier.append(LEAVES[size])
        tree.append(LEAVES[size])
        frontier = Frontier(frontier.size, frontier.hashes)


def test_it_says_which_tiles_a_leaf_completes() -> None:
    frontier, written = Frontier(), [str(number).encode() for number in range(600)]
    grown = [each for entry in written for each in frontier.append(leaf_hash(entry))]

    assert [each.node for each in grown] == [(8, 0), (8, 1)]
    assert grown[0].hash == rfc6962.mth(written[:256])
    assert grown[1].hash == rfc6962.mth(written[256:512])
    height = 2 * TILE_HEIGHT
    higher = Frontier((1 << height) - 1, bytes(32) * height).append(bytes(32))
    assert [each.node for each in higher] == [(8, 255), (16, 0)]


def test_every_inclusion_proof_is_that_of_the_rfc_and_leads_to_the_root() -> None:
    for size in range(1, MOST):
        root = rfc6962.mth(ENTRIES[:size])
        for index in range(size):
            hashes = [hash_of(each) for each in inclusion(index, size)]
            assert hashes == rfc6962.path(index, ENTRIES[:size])
            assert rfc6962.includes(index, size, LEAVES[index], hashes, root)
            assert root_by_proof(index, size, LEAVES[index], hashes) == root


def test_every_consistency_proof_is_that_of_the_rfc_and_leads_to_both_roots() -> None:
    for size in range(1, MOST):
        root = rfc6962.mth(ENTRIES[:size])
        for old in range(1, size + 1):
            hashes = [hash_of(each) for each in consistency(old, size)]
            assert hashes == rfc6962.proof(old, ENTRIES[:size])
            assert rfc6962.continues(old, rfc6962.mth(ENTRIES[:old]), size, root, hashes)


def test_a_proof_of_something_else_leads_nowhere() -> None:
    root, hashes = rfc6962.mth(ENTRIES), rfc6962.path(7, ENTRIES)

    assert root_by_proof(8, MOST, LEAVES[7], hashes) != root
    assert root_by_proof(7, MOST, LEAVES[8], hashes) != root
    assert root_by_proof(7, MOST, LEAVES[7], hashes[:-1]) != root
    assert root_by_proof(7, MOST, LEAVES[7], [*hashes, hashes[0]]) is None


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(ValueError, match="in the tree"):
        inclusion(3, 3)
    with pytest.raises(ValueError, match="not empty"):
        consistency(0, 3)
    with pytest.raises(ValueError, match="frontier"):
        Frontier(3, b"")
