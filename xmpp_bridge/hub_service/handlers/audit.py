"""The record: for auditors what is in it, for everybody what proves it."""

from __future__ import annotations

from tornado.iostream import StreamClosedError

from xmpp_bridge.audit.export import Form
from xmpp_bridge.audit.filters import Filters, read_filters
from xmpp_bridge.hub_service.auditing import Auditor
from xmpp_bridge.hub_service.caller import Caller, read_caller
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler, JsonHandler
from xmpp_bridge.hub_service.handlers.chat import read_limit
from xmpp_bridge.hub_service.scopes import AUDIT
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    NotAuthorizedError,
    NotFoundError,
)

LIMIT = 50
MOST = 500
CONTENT_TYPES = {
    Form.JSONL: "application/jsonl; charset=utf-8",
    Form.CSV: "text/csv; charset=utf-8",
    Form.HTML: "text/html; charset=utf-8",
    Form.EML: "application/mbox",
}
OURS = ("below", "limit", "first", "form", "token")


class AuditHandler(AuthenticatedHandler):
    """Lets auditors in, as the hub knows them at this moment; enters whoever else tries."""

    reading_scope = AUDIT
    writing_scope = AUDIT
    auditor: Auditor

    async def prepare(self) -> None:
        self.caller = await self.authenticate()
        self.auditor = await self.parts.auditing.admit(self.caller, self.request.path)
        if self.opens_service:
            self.caller.demand(*self.hub_auth.access_scopes)

    async def authenticate(self) -> Caller:
        """Nothing about an auditor is taken from a cache: who was one a moment ago is none now."""
        await super().authenticate()
        token = self.hub_auth.get_token(self)
        model = await self.hub_auth.user_for_token(token, use_cache=False, sync=False)
        if model is None:
            raise NotAuthorizedError("the hub does not know this token")
        return read_caller(model)

    def number(self, name: str) -> int | None:
        """A number in the query."""
        text = self.get_query_argument(name, None)
        if text is not None and not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004 - digits of 2^53
            raise BadPayloadError(f"{name} is a number")
        return None if text is None else int(text)

    def asked(self) -> dict[str, str]:
        """What the query asks for, by its names; what is empty is not asked for."""
        names = [name for name in self.request.query_arguments if name not in OURS]
        return {name: given for name in names if (given := self.get_query_argument(name))}

    async def filters(self) -> Filters:
        """The same, read; a person by their name in the hub, or an account by its number."""
        given = self.asked()
        person = given.pop("person", None)
        if person is not None:
            given["account"] = str(await self.parts.auditing.account_called(person))
        return read_filters(given)


class EntriesHandler(AuditHandler):
    """Entries that are looked for, the newest first."""

    async def get(self) -> None:
        found = await self.parts.auditing.search(
            self.auditor, await self.filters(), self.number("below"), read_limit(self, LIMIT, MOST)
        )
        self.send_json({"entries": [each.line() for each in found]})


class EntryHandler(AuditHandler):
    """One entry."""

    async def get(self, index: str) -> None:
        found = await self.parts.auditing.view(self.auditor, read_index(index))
        self.send_json(found.line())


class ExportHandler(AuditHandler):
    """Everything that is looked for, as a stream; one that broke off goes on from the entry `first`."""

    async def get(self) -> None:
        form = self.get_query_argument("form", Form.JSONL)
        if form not in list(Form):
            raise BadPayloadError(f"an export is {', '.join(Form)}")
        export = await self.parts.auditing.export(
            self.auditor, Form(form), await self.filters(), self.number("first") or 0
        )
        self.set_header("Content-Type", CONTENT_TYPES[Form(form)])
        self.set_header("Content-Disposition", f'attachment; filename="record.{form}"')
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header(
            "Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        )
        self.set_header("X-Record-Entries", str(export.total))
        self.set_header("X-Record-Size", str(export.size))
        try:
            async for piece in export.pieces:
                self.write(piece)
                await self.flush()
        except StreamClosedError:
            return
        finally:
            await export.pieces.aclose()
        self.finish()


class CheckpointHandler(JsonHandler):
    """The newest signed checkpoint: for witnesses and for whoever keeps them."""

    async def get(self) -> None:
        newest = await self.parts.keeper.checkpoints.latest()
        if newest is None:
            raise NotFoundError("nothing has been signed yet")
        self.send_text(newest.note)


class SigningHandler(AuditHandler):
    """A checkpoint of everything until now."""

    async def post(self) -> None:
        self.send_text((await self.parts.keeper.checkpoints.sign()).note)


class CheckpointsHandler(JsonHandler):
    """Every checkpoint, as a file of them."""

    async def get(self) -> None:
        self.send_text(await self.parts.keeper.checkpoints.all())


class KeyHandler(JsonHandler):
    """The public key of the record."""

    async def get(self) -> None:
        self.send_text(f"{self.parts.keeper.checkpoints.verifier}\n")


class InclusionHandler(JsonHandler):
    """Hashes which prove that an entry is in the tree; they say nothing else."""

    async def get(self, index: str) -> None:
        size = read_index(self.get_query_argument("size"))
        hashes = await self.parts.keeper.proofs.inclusion(read_index(index), size)
        self.send_json({"hashes": [each.hex() for each in hashes]})


class ConsistencyHandler(JsonHandler):
    """Hashes which prove that one tree is the beginning of another."""

    async def get(self) -> None:
        old, size = (read_index(self.get_query_argument(name)) for name in ("old", "size"))
        hashes = await self.parts.keeper.proofs.consistency(old, size)
        self.send_json({"hashes": [each.hex() for each in hashes]})


def read_index(text: str) -> int:
    """Parse the number of an entry, or the size of a tree."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004 - digits of 2^53
        raise BadPayloadError("this is a whole number")
    return int(text)
