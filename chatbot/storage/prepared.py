"""Prepared statements: what a busy server runs for every message, written in SQLAlchemy's Core and compiled once.

On SQLite a row by its key takes microseconds and SQLAlchemy's way there many times that, so these go straight to the
driver, in the transaction of the session they are run in. On PostgreSQL they go through the session like any other.
The statement is the same either way: SQL, types and their conversions are SQLAlchemy's on both.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Select

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.types import TypeEngine

_DRIVER = "driver's connection"
_SQLITE = sqlite.dialect()


class _Compiled(NamedTuple):
    """SQL, its parameters in order (name, fixed value, conversion), and the conversions of what comes back."""

    sql: str
    takes: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]
    gives: tuple[tuple[int, Callable[[Any], Any]], ...]


def drive(session: AsyncSession, connection: sqlite3.Connection) -> None:
    """Send a session's prepared statements straight to this connection, which is in the session's transaction."""
    session.info[_DRIVER] = connection


class Prepared:
    """One prepared statement. Its parameters are ``bindparam``s, or, for an insert, all columns of its table."""

    def __init__(self, statement: Select[Any] | UpdateBase) -> None:
        self._statement = statement

    async def run(self, session: AsyncSession, **values: Any) -> Sequence[Sequence[Any]]:
        """Run it; its rows, or none for a statement that returns none."""
        driver: sqlite3.Connection | None = session.info.get(_DRIVER)
        if driver is None or session.in_nested_transaction():  # whose savepoint the driver does not know of yet
            result: Any = await session.execute(self._statement, values)
            return result.all() if result.returns_rows else ()
        sql, takes, gives = self._compiled
        given = [
            values.get(name, fixed) if convert is None else convert(values.get(name, fixed))
            for name, fixed, convert in takes
        ]
        rows = driver.execute(sql, given).fetchall()
        return rows if not gives else [_converted(row, gives) for row in rows]

    @cached_property
    def _compiled(self) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=_SQLITE)
        takes = [
            (name, compiled.params[name], _binding(compiled.binds[name].type)) for name in compiled.positiontup or ()
        ]
        columns = self._statement.selected_columns if isinstance(self._statement, Select) else ()
        gives = [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := _in_sqlite(column.type).result_processor(_SQLITE, None)) is not None
        ]
        return _Compiled(compiled.string, tuple(takes), tuple(gives))


def _in_sqlite(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return kind.dialect_impl(_SQLITE)


def _binding(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    return _in_sqlite(kind).bind_processor(_SQLITE)


def _converted(row: Sequence[Any], gives: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[Any]:
    values = list(row)
    for place, convert in gives:
        values[place] = convert(values[place])
    return values
