"""The words by which tables name their columns and speakers (``column_words.toml``); knows no columns and no rows."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def aliases(group: str) -> tuple[str, ...]:
    """The words of one group in all languages; what is taken first stands first."""
    return tuple(dict.fromkeys(word for text in _table()[group].values() for word in text.split()))


@cache
def among(group: str) -> frozenset[str]:
    """The words of one group, to look one up."""
    return frozenset(aliases(group))


def known(folded: str) -> bool:
    """Whether any field is named so in any language."""
    return any(folded in among(group) for group in _table())


@cache
def _table() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("column_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
