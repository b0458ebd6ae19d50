"""Variables of macros: what stands for a name until a text is filled in for one conversation.

A variable is `{{name}}`, or `{{name|what stands there without a value}}`; the names are a closed list. One without
value and fallback stays as it is written, and no reply is sent that still holds one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLES = ("customer.first_name", "customer.name", "agent.name", "conversation.number")


def fill(text: str, values: dict[str, str]) -> str:
    """The text with its variables filled in; what has neither value nor fallback stays."""
    for variable, fallback, written in list(named(text)):
        value = values.get(variable) or fallback
        if value is not None:
            text = text.replace(written, value)
    return text


def unfilled(text: str) -> list[str]:
    """The variables of the closed list that still stand in a text, in their order."""
    return list(dict.fromkeys(variable for variable, _, _ in named(text) if variable in VARIABLES))


def check_filled(text: str) -> None:
    """Refuse what would reach the customer with a variable in it.

    Raises:
        InputError: a variable of a macro was not filled in.

    """
    left = unfilled(text)
    if left:
        raise InputError(f"There is no value for {', '.join(left)}: write what is meant instead of {{{{{left[0]}}}}}.")


def named(text: str) -> Iterator[tuple[str, str | None, str]]:
    """Each variable's name, its fallback and how it is written."""
    for piece in text.split("{{")[1:]:
        inside, end, _ = piece.partition("}}")
        if end:
            name, bar, fallback = inside.partition("|")
            yield name.strip(), fallback.strip() if bar else None, f"{{{{{inside}}}}}"
