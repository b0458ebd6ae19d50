"""A stored time as whole seconds since 1970, the same on both databases: what is less than a second is cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class Epoch(FunctionElement[int]):
    """The seconds of one column of times."""

    name = "epoch"
    inherit_cache = True
    type = BigInteger()


@compiles(Epoch, "sqlite")
def _on_sqlite(element: Epoch, compiler: SQLCompiler, **options: Any) -> str:
    # The first 19 characters: SQLite would round what follows to thousandths, up to the next second.
    return f"CAST(strftime('%s', substr({compiler.process(element.clauses, **options)}, 1, 19)) AS INTEGER)"


@compiles(Epoch, "postgresql")
def _on_postgresql(element: Epoch, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"
