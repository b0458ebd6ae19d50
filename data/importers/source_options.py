"""What a user may say about a source beyond its columns: what is internal, how dates are written, how rows lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data.importers import visibility
from data.importers.time_column import OPTIONS as DATE_ORDERS
from data.importers.turn_order import Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

OPTIONS = (*visibility.OPTIONS, "dates", "order")
_ORDERS = (Rows.OLDEST_FIRST, Rows.NEWEST_FIRST)


def date_order(options: Mapping[str, str]) -> int | None:
    """The reading of dates that the user named, if any.

    Raises:
        ValueError: it is none of those there are.

    """
    name = options.get("dates")
    if name is not None and name not in DATE_ORDERS:
        raise ValueError(f"dates can be {' or '.join(DATE_ORDERS)}, found {name!r}")
    return None if name is None else DATE_ORDERS[name]


def row_order(options: Mapping[str, str]) -> Rows | None:
    """The order of rows that the user named, if any.

    Raises:
        ValueError: it is none of those there are.

    """
    name = options.get("order")
    if name is not None and name not in _ORDERS:
        raise ValueError(f"order can be {' or '.join(_ORDERS)}, found {name!r}")
    return None if name is None else Rows(name)
