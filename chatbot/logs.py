"""Logs: one event a line on standard error, with the request's id; never a message's text or a secret.

The words of an exception may quote what a customer wrote, so of an unforeseen one only its kind and the places in the
code are logged; at DEBUG its words as well.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from types import TracebackType

    from structlog.typing import Processor


def configure(level: str, *, as_json: bool) -> None:
    """Set up structlog and the standard library's logging for a server process."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    with_words = number <= logging.DEBUG
    last: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if with_words else without_words,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    if not with_words:
        handler.setFormatter(_Wordless("%(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def without_words(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: replaces ``exc_info`` by the exception's kind and where it was raised."""
    del logger, method
    if event.pop("exc_info", None):
        kind, _, place = sys.exc_info()
        event["error"] = kind.__name__ if kind else None
        event["where"] = _places(place)
    return event


class _Wordless(logging.Formatter):
    """``without_words`` for what libraries log."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        kind, _, place = ei
        return "\n".join([kind.__name__ if kind else "?", *_places(place)])


def _places(place: TracebackType | None) -> list[str]:
    """Where it happened: the frames of this program, and the last one whosever it is."""
    frames = list(traceback.extract_tb(place))
    ours = [frame for frame in frames[:-1] if "site-packages" not in frame.filename]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in [*ours, *frames[-1:]]]
