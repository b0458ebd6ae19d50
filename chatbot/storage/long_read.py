"""Marks a query that may look at more than a few hundred rows, so that SQLite answers it on another thread.

All others SQLite answers at once, and the event loop waits. PostgreSQL needs no mark and is sent none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Select

    _Query = TypeVar("_Query", bound="Select[*tuple[Any, ...]]")

LONG_READ = "/* long read */"
"""What the SQL of a marked query contains."""


def long_read(query: _Query) -> _Query:
    """The same query, marked."""
    return query.prefix_with(LONG_READ, dialect="sqlite")
