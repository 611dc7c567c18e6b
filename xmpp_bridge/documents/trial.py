"""What is about to be committed is tried on the copies in memory first, and can then be read or not, without I/O."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from xmpp_bridge.documents.durable_copy import CannotIntegrateError, DurableCopy
from xmpp_bridge.documents.entry import Entry, RemovedDocumentError, UnreadableUpdateError
from xmpp_bridge.rooms.identifiers import DocumentId


def check_existing(entries: Iterable[Entry], existing: Collection[DocumentId]) -> None:
    """Raise RemovedDocumentError for what is meant for a document that is gone."""
    for entry in entries:
        if entry.document not in existing:
            raise RemovedDocumentError(entry)


def integrate(
    entries: Sequence[Entry], ids: Sequence[int], copies: Mapping[DocumentId, DurableCopy]
) -> None:
    """Take the entries in; one that is nothing Yjs can integrate raises UnreadableUpdateError."""
    by_id = dict(zip(ids, entries, strict=True))
    for row_id, entry in by_id.items():
        copy = copies[entry.document]
        copy.since_snapshot += 1
        try:
            copy.apply(row_id, entry.update, watched=True)
        except CannotIntegrateError as error:
            if error.row_id in by_id:
                raise UnreadableUpdateError(by_id[error.row_id]) from error
            raise
