"""A witness elsewhere (C2SP tlog-witness): it signs what goes on from what it has seen, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.audit import rfc6962
from tests.audit.conftest import NOON, Ledger, said
from xmpp_bridge.audit.checkpoints import Checkpoints
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.tables import tiles
from xmpp_bridge.audit.verify import Checkpoint, read_checkpoints, read_key
from xmpp_bridge.hub_service.record_witness import HttpWitness
from xmpp_bridge.storage.engine import writing

NAME = "friar.lit/witness"


class Friar:
    """A witness of one record; he remembers the last tree that he has seen."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.verifier = read_key(Signer(NAME, self.key).verifier)
        self.size, self.root = 0, b""
        self.answered: list[int] = []
        self.sick = False

    def sees(self, body: str) -> tuple[int, str]:
        """The status and the body of his answer, as the specification has them."""
        told, _, note = body.partition("\n\n")
        old, *proof = told.splitlines()
        (checkpoint,) = read_checkpoints(note)
        if self.sick:
            return 500, ""
        if int(old.removeprefix("old ")) != self.size:
            return 409, f"{self.size}\n"
        hashes = [base64.b64decode(each) for each in proof]
        trees = (self.size, self.root, checkpoint.size, checkpoint.root)
        if self.size and not rfc6962.continues(*trees, hashes):
            return 422, ""
        self.size, self.root = checkpoint.size, checkpoint.root
        signature = self.verifier.id + self.key.sign(checkpoint.text.encode())
        return 200, f"— {NAME} {base64.b64encode(signature).decode()}\n"


class AddCheckpoint(RequestHandler):
    def initialize(self, friar: Friar) -> None:
        self.friar = friar

    def post(self) -> None:
        status, answer = self.friar.sees(self.request.body.decode())
        self.friar.answered.append(status)
        self.set_status(status)
        self.finish(answer)


class Watched:
    """A record whose checkpoints a friar sees."""

    def __init__(self, ledger: Ledger, friar: Friar, url: str) -> None:
        self.ledger = ledger
        self.friar = friar
        self.url = url
        self.restart()

    def restart(self) -> None:
        """The service forgets what the witness has seen."""
        ledger = self.ledger
        witness = HttpWitness(self.url, ledger.proofs)
        given = (ledger.sequencer, ledger.signer, ledger.kept, lambda: NOON, witness)
        self.checkpoints = Checkpoints(ledger.engine, *given)

    async def sign(self, *words: str) -> Checkpoint:
        """Record these, and return the checkpoint of it as everybody can fetch it."""
        await self.ledger.record(*map(said, words))
        await self.checkpoints.sign()
        return read_checkpoints(await self.checkpoints.all())[-1]

    def is_witnessed(self, checkpoint: Checkpoint) -> bool:
        """By the friar; whether by him or not, it is ours."""
        checkpoint.demand_signed(read_key(self.ledger.signer.verifier))
        if not any(NAME in line for line in checkpoint.signatures):
            return False
        checkpoint.demand_signed(self.friar.verifier)
        return True


@pytest.fixture
async def watched(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Watched]:
    friar = Friar()
    server = HTTPServer(Application([("/friar/add-checkpoint", AddCheckpoint, {"friar": friar})]))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    yield Watched(Ledger(engine, tmp_path), friar, f"http://127.0.0.1:{port}/friar/")
    server.stop()
    await server.close_all_connections()


async def test_he_signs_what_goes_on_from_what_he_has_seen(watched: Watched) -> None:
    for words in (("one",), ("two", "three", "four"), ("five",)):
        assert watched.is_witnessed(await watched.sign(*words))
    assert watched.friar.answered == [200] * 3
    assert watched.friar.size == 5


async def test_a_service_that_has_forgotten_what_he_saw_is_told(watched: Watched) -> None:
    await watched.sign("one", "two")
    watched.restart()
    assert watched.is_witnessed(await watched.sign("three"))
    assert watched.friar.answered == [200, 409, 200]


async def test_while_he_is_away_checkpoints_go_without_him(watched: Watched) -> None:
    await watched.sign("one")
    watched.friar.sick = True
    assert not watched.is_witnessed(await watched.sign("two"))
    watched.friar.sick = False
    assert watched.is_witnessed(await watched.sign("three"))


async def test_he_signs_no_other_past(watched: Watched) -> None:
    """Somebody has put other hashes into the tree, below what he has seen."""
    await watched.sign(*map(str, range(300)))
    async with writing(watched.ledger.engine) as connection:
        await connection.execute(update(tiles).values(hash=bytes(32)))

    assert not watched.is_witnessed(await watched.sign("more"))
    assert watched.friar.answered == [200, 422]
