"""Checkpoints: the size and root of the tree, signed (C2SP tlog-checkpoint, signed-note); without I/O."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ED25519: Final = b"\1"  # C2SP signed-note, "Signature types"


@dataclass(frozen=True)
class Checkpoint:
    """What the tree was at some size; `note` is its text with all signatures."""

    size: int
    root: bytes
    note: str


class Signer:
    """Signs checkpoints of the tree `origin`."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        self.origin = origin
        self._key = key
        self._public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def verifier(self) -> str:
        """The public key as a line of text: name, key id, key (C2SP signed-note, "Verifier keys")."""
        key = base64.b64encode(_ED25519 + self._public).decode()
        return f"{self.origin}+{self._id.hex()}+{key}"

    def sign(self, size: int, root: bytes) -> Checkpoint:
        text = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self._id + self._key.sign(text.encode())).decode()
        return Checkpoint(size, root, f"{text}\n— {self.origin} {signature}\n")

    @property
    def _id(self) -> bytes:
        return hashlib.sha256(self.origin.encode() + b"\n" + _ED25519 + self._public).digest()[:4]
