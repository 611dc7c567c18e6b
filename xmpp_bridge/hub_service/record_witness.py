"""A witness elsewhere signs a checkpoint that goes on from the one it has seen before (C2SP tlog-witness)."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

from xmpp_bridge.audit.note import Checkpoint
from xmpp_bridge.audit.proofs import Proofs

log = logging.getLogger(__name__)

PATIENCE: Final = 10.0


class HttpWitness:
    """While it is away, checkpoints go without it: they are in the file, and it sees the next one."""

    def __init__(self, url: str, proofs: Proofs) -> None:
        self._url = f"{url.rstrip('/')}/add-checkpoint"
        self._proofs = proofs
        self._seen = 0

    async def __call__(self, checkpoint: Checkpoint) -> Checkpoint:
        """With the witness's signature, if it gives one."""
        try:
            return await self._ask(checkpoint)
        except (HTTPClientError, OSError, ValueError) as error:
            log.warning("no witness: size=%d reason=%s", checkpoint.size, type(error).__name__)
            return checkpoint

    async def _ask(self, checkpoint: Checkpoint) -> Checkpoint:
        for _ in range(2):
            hashes = []
            if 0 < self._seen < checkpoint.size:
                hashes = await self._proofs.consistency(self._seen, checkpoint.size)
            proof = "".join(f"{base64.b64encode(each).decode()}\n" for each in hashes)
            answer = await AsyncHTTPClient().fetch(
                self._url,
                method="POST",
                body=f"old {self._seen}\n{proof}\n{checkpoint.note}",
                request_timeout=PATIENCE,
                raise_error=False,
            )
            if answer.code == HTTPStatus.OK:
                self._seen = checkpoint.size
                return replace(checkpoint, note=checkpoint.note + _signatures(answer.body))
            if answer.code != HTTPStatus.CONFLICT:
                break
            # It has seen another one than we remember, and says which.
            self._seen = int(answer.body)
        log.warning("refused by the witness: size=%d status=%d", checkpoint.size, answer.code)
        return checkpoint


def _signatures(body: bytes) -> str:
    lines = body.decode().splitlines(keepends=True)
    if not all(line.startswith("— ") and line.endswith("\n") for line in lines):
        raise ValueError("a witness answers with signatures")
    return "".join(lines)
