"""Opens a conversation with its subject line, as customers put half of the question there."""

from __future__ import annotations

from dataclasses import replace

from data.transcripts import Role, Turn


def with_subject(turns: tuple[Turn, ...], subject: str | None) -> tuple[Turn, ...]:
    """The subject line opens the first customer message, unless that says it already."""
    for number, turn in enumerate(turns):
        if turn.role is Role.CUSTOMER:
            if not subject or turn.text.startswith(subject):
                break
            return (*turns[:number], replace(turn, text=f"{subject}\n{turn.text}"), *turns[number + 1 :])
    return turns
