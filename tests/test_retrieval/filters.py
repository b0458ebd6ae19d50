"""Filters for tests, of values that need not be frozen."""

from __future__ import annotations

from retrieval.index.filters import Filters


def only(**given):
    frozen = {name: frozenset(value) for name, value in given.items() if isinstance(value, list | set)}
    return Filters(**(given | frozen))
