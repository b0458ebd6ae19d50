"""What was said in a conversation, as the models read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatbot.dialogue.text.blank import is_blank
from chatbot.storage.tables.conversations import SYSTEM
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chatbot.storage.queries.conversations import StoredTurn
    from chatbot.storage.tables.conversations import MessageRow


def spoken(messages: Iterable[MessageRow | StoredTurn]) -> tuple[Turn, ...]:
    """The turns of these messages, in their order: neither what the desk tells by itself nor a file without words."""
    said = (each for each in messages if each.role != SYSTEM and not is_blank(each.text))
    return tuple(Turn(Role(each.role), each.text, at=each.created_at.isoformat()) for each in said)
