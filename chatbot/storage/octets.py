"""The bytes of a text in UTF-8, as SQL: PostgreSQL has a word for it, SQLite before 3.43 has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class Octets(GenericFunction[int]):
    """The bytes of its one argument."""

    type = Integer()
    name = "octet_length"
    inherit_cache = True


@compiles(Octets, "sqlite")
def _in_sqlite(element: Octets, compiler: SQLCompiler, **named: Any) -> str:
    return f"length(CAST({compiler.process(element.clauses, **named)} AS BLOB))"
