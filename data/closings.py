"""What people close a mail with ("Kind regards", "Cordialement"): over a name to mask, or a signature to cut."""

from __future__ import annotations

import tomllib
from pathlib import Path

_TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

CLOSINGS: tuple[str, ...] = tuple(sorted(set(_TABLE["closings"]["words"]), key=len, reverse=True))
"""In languages with spaces, in lower case, the longest first."""

WIDE_CLOSINGS: tuple[str, ...] = tuple(sorted(_TABLE["wide"]["words"], key=len, reverse=True))
"""In Chinese."""
