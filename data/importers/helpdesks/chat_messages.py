"""Conversations as language models are trained on: Hugging Face's ``messages``, and ShareGPT's ``conversations``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from data.importers.helpdesks.helpdesk import HelpDesk
from data.importers.helpdesks.pieces import (
    AGENT,
    BOT,
    CUSTOMER,
    NOTE,
    Kind,
    Left,
    Message,
    Piece,
    Place,
    Record,
    Ticket,
    flags_of,
    key_of,
    labels,
    records_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLES = {
    "user": CUSTOMER, "human": CUSTOMER, "customer": CUSTOMER, "client": CUSTOMER, "prompter": CUSTOMER,
    "assistant": AGENT, "gpt": AGENT, "agent": AGENT, "support": AGENT, "model": AGENT, "chatgpt": AGENT,
    "bot": BOT, "note": NOTE,
}  # fmt: skip
_LISTS = ("messages", "conversations", "conversation")


def _is_chat(record: Record) -> bool:
    turns = records_of(record, *_LISTS)
    return bool(turns) and any(
        {"role", "content"} <= one.keys() or {"from", "value"} <= one.keys() for one in turns[:3]
    )


def _conversation(record: Record, _place: Place) -> Iterator[Piece]:
    turns = records_of(record, *_LISTS)
    words = [_words(turn) for turn in turns]
    digest = hashlib.sha256("\x00".join(words).encode("utf-8", "replace")).hexdigest()[:16]
    key = key_of(record, "id", "conversation_id", "prompt_id", "uuid") or f"chat-{digest}"
    yield Ticket(
        key,
        language=text_of(record, "language", "lang"),
        labels=labels(topic=text_of(record, "topic", "category")),
    )
    for number, (turn, text) in enumerate(zip(turns, words, strict=True)):
        role = _ROLES.get(text_of(turn, "role", "from").lower())
        if role is None:
            yield Left("lines of the system, of tools and of roles that are not known")
            continue
        yield Message(
            key,
            text,
            role=role,
            author=text_of(turn, "role", "from"),
            name=text_of(turn, "name"),
            at=text_of(turn, "timestamp", "created_at"),
            number=str(number),
            flags=flags_of(turn),
        )


def _words(turn: Record) -> str:
    parts = records_of(turn, "content")
    return "\n".join(filter(None, (text_of(part, "text") for part in parts))) or text_of(turn, "content", "value")


CHAT_MESSAGES = HelpDesk(
    title="chat messages (Hugging Face, ShareGPT)",
    expects='"messages" of role and content, or "conversations" of from and value',
    kinds=(Kind(_conversation, "", when=_is_chat),),
    in_order=True,
    says="what the assistant says is taken for your team's words; if a program wrote them, say "
    "--column 'bot_value=assistant|gpt'.",
)
