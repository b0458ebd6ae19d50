"""Finds the records of known tools in a sample of JSON: where they stand, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    IsKnown = Callable[[dict[str, object]], bool]

_DEEPEST, _LISTED, _KEYS = 5, 3, 60


def wraps_of(value: object, is_known: IsKnown) -> tuple[set[str], set[str]]:
    """The paths of objects that only hold records, and those of the records."""
    places = {path for path, record in objects(value, is_known) if is_known(record)}
    return {path[:end] for path in places for end in _ends(path)}, places


def _ends(path: str) -> Iterator[int]:
    """Where the paths end that lie above one."""
    if path:
        yield 0
    for number, letter in enumerate(path):
        if letter == "." or (path.startswith("[]", number) and number):
            yield number
        if path.startswith("[]", number) and number + 2 < len(path):
            yield number + 2


def objects(value: object, is_known: IsKnown = lambda _: False) -> Iterator[tuple[str, dict[str, object]]]:
    """The objects of a sample, the outer ones first, with their paths; nothing below a record that is known."""
    level: list[tuple[str, object]] = [("", value)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, object]] = []
        for path, one in level:
            if isinstance(one, list):
                below += [(f"{path}[]", each) for each in one[:_LISTED]]
            elif isinstance(one, dict):
                yield path, one
                if not is_known(one):
                    for key, each in list(one.items())[:_KEYS]:
                        if isinstance(each, list):
                            below += [(f"{path}.{key}[]" if path else f"{key}[]", inner) for inner in each[:_LISTED]]
                        elif isinstance(each, dict):
                            below.append((f"{path}.{key}" if path else key, each))
        level = below
