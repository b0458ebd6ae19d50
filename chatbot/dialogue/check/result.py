"""What a check says of one text: passed or not, its code, and why. Checks nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def failures(results: Iterable[CheckResult]) -> list[str]:
    """Names of the checks that failed."""
    return [result.name for result in results if not result.passed]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One verdict. ``detail`` names what was found where ``passed`` is false, and is empty otherwise."""

    name: str
    passed: bool
    detail: str = ""
