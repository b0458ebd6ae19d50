"""Fills the parts of patterns in: "{object}" in a table of the checks stands for a pattern that many of them share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PART = re.compile(r"\{([a-z_]+)\}")


def filled(patterns: Iterable[str], parts: Mapping[str, str]) -> list[str]:
    """The patterns, whole.

    Raises:
        KeyError: a pattern names a part that there is not.

    """
    return [_PART.sub(lambda part: parts[part[1]], pattern) for pattern in patterns]
