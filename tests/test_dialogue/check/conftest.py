"""What the tests of attacks share: the benchmark that asks them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def attacks():
    """The benchmark, as a module."""
    folder = str(Path(__file__).resolve().parents[3] / "benchmarks")
    if folder not in sys.path:
        sys.path.append(folder)
    import attacks

    return attacks
