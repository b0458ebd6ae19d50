"""Progress reports: how long work says how far it is, without knowing who listens.

Every floor takes ``report: Report = silent``; the command line passes one that draws a bar with an ETA.
"""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, int, int | None], None]
"""``report(step, done, total)``: the step's name, units done so far, and their sum or None where unknown.

Called often and from the working thread: it must be cheap, and it may raise to interrupt the work.
"""


def silent(step: str, done: int, total: int | None) -> None:
    """The report that nobody reads."""
