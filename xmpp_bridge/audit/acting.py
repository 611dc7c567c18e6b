"""On whose behalf this request is being carried out.

An auditor's "who" that every function would have to pass on is one that some function forgets to. It is set in one
place, where a request is known to be somebody's, and read in one, where an entry is made.
"""

from __future__ import annotations

from contextvars import ContextVar

acting: ContextVar[int | None] = ContextVar("acting", default=None)
"""The account; None for what the service does by itself."""
