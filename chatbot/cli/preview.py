"""Prints what an import would learn, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from data.transcripts import Article, Role

if TYPE_CHECKING:
    from collections import Counter

    from chatbot.service.corpus.preview import Preview

_ENDING = "Nothing was stored. The same command without --preview imports it."
_TEXT = 600
_STYLES = {Role.CUSTOMER: "bold cyan", Role.AGENT: "bold green"}


def print_preview(found: Preview, ending: str = _ENDING) -> None:
    """The conversations, then what was decided, what is unsure and what could not be read."""
    console = Console()
    for number, item in enumerate(found.shown, start=1):
        console.rule(f"{number} of {len(found.shown)}", style="dim", characters="-")
        if isinstance(item, Article):
            console.print(Text(plain(f"article: {item.title}"), style="bold"))
            console.print(Text(_clipped(item.text)), soft_wrap=True)
            continue
        about = " · ".join(filter(None, (item.id, item.created, item.language, str(item.labels.get("title") or ""))))
        console.print(Text(plain(about), style="dim"), soft_wrap=True)
        for turn in item.turns:
            line = Text(f"{turn.role}: ", style=_STYLES.get(turn.role, ""))
            line.append(_clipped(turn.text), style="default not bold")
            console.print(line, soft_wrap=True)
    console.rule("what an import would do", style="dim", characters="-")
    of = "of those looked at (there are more), " if found.stopped else ""
    console.print(f"{of}{found.kept:,} would be kept, {found.dropped.total():,} dropped{_listed(found.dropped)}")
    if found.turns_dropped:
        console.print(f"of their messages left out or shortened{_listed(found.turns_dropped)}")
    if found.masked:
        console.print(f"masked{_listed(found.masked)}")
    for sentence in found.told:
        console.print(Text(f"decided: {plain(sentence)}"), soft_wrap=True)
    for doubt, count in found.unsure.most_common():
        console.print(Text(f"unsure: {count:,} of {found.kept:,} {doubt}", style="yellow"), soft_wrap=True)
    for sentence in found.broken:
        console.print(Text(f"not read: {plain(sentence)}", style="red"), soft_wrap=True)
    if found.broken_count > len(found.broken):
        console.print(f"… and {found.broken_count - len(found.broken):,} more that were not read")
    console.print(ending)


def _listed(counts: Counter[str]) -> str:
    return ": " + ", ".join(f"{count:,} {name}" for name, count in counts.most_common()) if counts else ""


def _clipped(text: str) -> str:
    """The beginning of a message, its lines set in."""
    whole = text if len(text) <= _TEXT else f"{text[:_TEXT]} … ({len(text):,} characters)"
    return "\n  ".join(map(plain, whole.split("\n")))


def plain(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(one if one.isprintable() else " " for one in text)
