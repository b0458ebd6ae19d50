"""What a user may say about a source beyond its columns: what is internal, how dates are written, how rows lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers import visibility
from data.importers.time_column import OPTIONS as DATE_ORDERS
from data.importers.turn_order import Rows

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

OPTIONS = (*visibility.OPTIONS, "dates", "order", "encoding", "agent_address")
_ORDERS = (Rows.OLDEST_FIRST, Rows.NEWEST_FIRST)


def date_order(options: Mapping[str, str]) -> int | None:
    """The reading of dates that the user named, if any.

    Raises:
        ValueError: it is none of those there are.

    """
    name = _named(options, "dates", DATE_ORDERS)
    return None if name is None else DATE_ORDERS[name]


def row_order(options: Mapping[str, str]) -> Rows | None:
    """The order of rows that the user named, if any.

    Raises:
        ValueError: it is none of those there are.

    """
    name = _named(options, "order", _ORDERS)
    return None if name is None else Rows(name)


def _named(options: Mapping[str, str], option: str, there_are: Collection[str]) -> str | None:
    name = options.get(option)
    if name is not None and name not in there_are:
        raise ValueError(f"{option} can be {' or '.join(there_are)}, found {name!r}")
    return name
