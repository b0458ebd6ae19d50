"""The questions by which people map an unknown table or JSON: column by column, value by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from chatbot.cli.preview import plain
from data.importers.mapped.json_rows import NUMBER
from data.importers.mapped.proposal import is_internal, speaker, within
from data.importers.visibility import BLANK
from data.transcripts import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.importers.mapped.looking import Look

_MESSAGE = {
    "text": "the text of a message",
    "role": "who speaks (customer, agent, …)",
    "visibility": "who may see a message (public or internal)",
    "id": "the conversation or ticket it belongs to",
}
_PAIR = {"question": "what the customer wrote", "answer": "what your team answered"}
_OTHERS = {
    "at": "when it was written",
    "author": "the name of who wrote it",
    "title": "the subject",
    "topic": "a label: topic or category",
}
_NEEDED = ("text", "role", "id", "question", "answer")
_NONE = "-"
_WIDTH = 70
_COLUMNS = 60
_LETTERS = {role.value[0]: role for role in Role}


class Questions:
    """The questions on one file; a number, a name or a dash answers each, and Enter takes the proposal."""

    def __init__(self, seen: Look, guess: dict[str, str]) -> None:
        self._seen = seen
        self._guess = guess
        self._names = list(seen.columns) + ([NUMBER] if seen.format == "json" else [])

    def ask(self) -> dict[str, str]:
        """Every field and what values mean, as ``--column`` says it."""
        self._show()
        said = _choice(
            "Does a row hold one message (m), or a question with its answer (p)?",
            "p" if "question" in self._guess else "m",
            lambda text: text if text in {"m", "p"} else None,
        )
        fields = {
            **(_MESSAGE if said == "m" else _PAIR | {key: _MESSAGE[key] for key in ("visibility", "id")}),
            **_OTHERS,
        }
        found: dict[str, str] = {}
        for field, means in fields.items():
            needed = field in _NEEDED and not (said == "p" and field == "id")
            if name := self._column(field, means, needed=needed, text=found.get("text") or found.get("answer") or ""):
                found[field] = name
                if field == "role":
                    found |= self._values(name, self._role, "role")
                elif field == "visibility":
                    found |= self._values(name, self._sight, "visibility")
        return found

    def _show(self) -> None:
        typer.echo(f"{len(self._seen.columns):,} columns or paths; {self._seen.rows:,} rows looked at.\n")
        for number, name in enumerate(self._names[:_COLUMNS], start=1):
            one = self._seen.columns.get(name)
            typer.echo(f"{number:3}  {plain(name)}")
            for sample in one.samples if one else ["the number of the record, where nothing names the conversation"]:
                typer.echo(f"       {plain(sample[:_WIDTH])}{'…' if len(sample) > _WIDTH else ''}")
        typer.echo(f"\nA number or a name answers, Enter takes what is in brackets, {_NONE} is none.")

    def _column(self, field: str, means: str, *, needed: bool, text: str) -> str:
        there = {one.name for one in within(self._seen, text)} | {NUMBER}
        guess = self._guess.get(field, "")
        default = guess if guess in there else ""

        def chosen(said: str) -> str | None:
            if said == _NONE and not needed:
                return ""
            name = (
                self._names[int(said) - 1]
                if said.isascii() and said.isdigit() and 0 < int(said) <= len(self._names)
                else said
            )
            return name if name in self._names and name in there else None

        return _choice(f"{means} ({field})", default or ("" if needed else _NONE), chosen)

    def _values(self, name: str, ask: Callable[[str, str], str], field: str) -> dict[str, str]:
        one = self._seen.columns.get(name)
        if one is None or one.values is None:
            typer.echo(f"{plain(name)} has too many values to ask about each; add what they mean with --column.")
            return {key: value for key, value in self._guess.items() if key.endswith("_value") and field == "role"}
        said: dict[str, list[str]] = {}
        for value, count in one.values.items():
            if "|" in value:
                typer.echo(f"{plain(value)!r} holds a bar and cannot be named here; its rows will be told.")
                continue
            said.setdefault(ask(value, f"  {plain(value)!r} ({count:,} times)"), []).append(value)
        if field == "visibility" and one.filled < max(each.filled for each in self._seen.columns.values()):
            said.setdefault(ask(BLANK, "  an empty cell"), []).append(BLANK)
        return {key: "|".join(values) for key, values in said.items()}

    def _role(self, value: str, words: str) -> str:
        before = next(
            (key for key, said in self._guess.items() if value in said.split("|") and key[:-6] in set(Role)), ""
        )
        known = Role(before[:-6]) if before else speaker(value, self._guess.get("role", ""))
        chosen = _choice(
            f"{words} is customer (c), agent (a), bot (b) or an internal note (n)?",
            known.value[0] if known else "",
            lambda text: text[:1].lower() if text[:1].lower() in _LETTERS else None,
        )
        return f"{_LETTERS[chosen]}_value"

    def _sight(self, value: str, words: str) -> str:
        internal = is_internal(value, self._guess.get("visibility", ""))
        chosen = _choice(
            f"{words} is public (p) or internal (i)?",
            "i" if internal else "p",
            lambda text: text[:1].lower() if text[:1].lower() in {"p", "i"} else None,
        )
        return "private_value" if chosen == "i" else "public_value"


def _choice(question: str, default: str, chosen: Callable[[str], str | None]) -> str:
    """Ask until the answer is one."""
    while True:
        shown = f"{question} [{plain(default)}]" if default else question
        said: str = typer.prompt(shown, default=default, show_default=False)
        if (answer := chosen(said.strip())) is not None:
            return answer
        given = plain(said.strip())
        typer.echo(f"There is no {given!r} to choose here." if given else "That has to be chosen; Ctrl-C stops.")
