"""Cleans a conversation down to what is worth learning from; everything left out is counted with its reason.

HTML becomes plain text; bot turns, internal notes, passers-by, JSON, quoted mail and signatures go. A conversation
goes as a whole where no customer spoke, no human agent answered, or the question is spam. Knows nothing of masking
and files.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data.cleaning.html_text import plain_text
from data.cleaning.machine_text import is_machine_text
from data.cleaning.quoted_mail import unquoted, what_was_said
from data.cleaning.spam import is_spam
from data.moments import is_learnable
from data.transcripts import Role, moved_labels

if TYPE_CHECKING:
    from data.transcripts import Conversation, Turn

MAX_TURN_CHARACTERS = 10_000
"""A longer turn is a pasted log: it is cut here, at the end of a line."""

NO_CUSTOMER = "no customer turn"
NO_ANSWER = "no agent answer"
SPAM = "spam"
DUPLICATE = "duplicate"

BOT_TURN = "bot turn"
NOTE = "internal note"
PASSER_BY = "not our agent"
EMPTY_TURN = "empty turn"
QUOTED_ONLY = "quoted mail only"
QUOTED_CUT = "quoted mail cut"
SIGNATURE_CUT = "signature cut"
NO_WORDS = "JSON or markup"
TOO_LONG_CUT = "long turn cut"

_SPACE = re.compile(r"\s+")
_SAYS_NOTE = re.compile(
    r"[\W_]{0,9}(?:(?:internal|private|staff)(?: (?:note|comment|only|use only|message))?|note to (?:self|team|staff)"
    r"|(?:interne|private) notiz|intern|nur intern|note interne|note priv\u00e9e|nota interna|nota privada|nota privata"
    r"|interne notitie|alleen intern|\u5185\u90e8(?:\u5907\u6ce8|\u8bb0\u5f55)?|\u5907\u6ce8)\W{0,3}[:\uff1a\])\u3011]",
    re.IGNORECASE,
)
"""A message that says of itself that customers do not see it, where no column does."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left. ``conversation`` is None where all of it was dropped, and ``reason`` says why.

    ``turns`` counts the turns left out or shortened, by reason.
    """

    conversation: Conversation | None
    reason: str | None
    turns: Counter[str]


def clean(conversation: Conversation) -> Cleaned:
    """Keep what customers asked and human agents answered.

    Labels that point at turns by their place (names ending in ``_turn``) follow the turns, or go with them.
    """
    counts: Counter[str] = Counter()
    kept: list[Turn] = []
    places: dict[int, int] = {}
    for number, turn in enumerate(conversation.turns):
        left = _cleaned(turn, counts, opening=not kept and turn.role is Role.CUSTOMER)
        if left is not None:
            places[number] = len(kept)
            kept.append(left)
    reason = _reason_against(kept)
    if reason is not None:
        return Cleaned(None, reason, counts)
    if not counts and tuple(kept) == conversation.turns:
        return Cleaned(conversation, None, counts)
    labels = conversation.labels
    if len(kept) < len(conversation.turns):
        labels = moved_labels(labels, places)
    return Cleaned(replace(conversation, turns=tuple(kept), labels=labels), None, counts)


def fingerprint(conversation: Conversation) -> bytes:
    """16 bytes that are equal for conversations of the same words, whatever their ids, cases and white space."""
    digest = hashlib.blake2b(digest_size=16)
    for turn in conversation.turns:
        digest.update(f"{turn.role}\x00{_SPACE.sub(' ', turn.text).strip().casefold()}\x00".encode("utf-8", "replace"))
    return digest.digest()


def _cleaned(turn: Turn, counts: Counter[str], *, opening: bool) -> Turn | None:
    dropped = _reason_against_turn(turn)
    if dropped is not None:
        counts[dropped] += 1
        return None
    words = plain_text(turn.text)
    if turn.role is Role.AGENT and is_machine_text(words):
        counts[NO_WORDS] += 1
        return None
    said = what_was_said(words, opening=opening)
    # Nothing comes before the opening message, so that what it "quotes" is the question itself.
    text = said.text or (unquoted(words) if opening else "")
    if not text.strip():
        counts[QUOTED_ONLY if words.strip() else EMPTY_TURN] += 1
        return None
    if said.quoted:
        counts[QUOTED_CUT] += 1
    if said.signature:
        counts[SIGNATURE_CUT] += 1
    if len(text) > MAX_TURN_CHARACTERS:
        counts[TOO_LONG_CUT] += 1
        text = _shortened(text)
    return turn if text == turn.text else replace(turn, text=text)


def _reason_against_turn(turn: Turn) -> str | None:
    if turn.role is Role.BOT:
        return BOT_TURN
    if turn.role is Role.NOTE or (turn.role is Role.AGENT and _SAYS_NOTE.match(turn.text)):
        return NOTE
    if not turn.text.strip():
        return EMPTY_TURN
    return PASSER_BY if turn.role is Role.AGENT and not is_learnable(turn) else None


def _reason_against(turns: list[Turn]) -> str | None:
    first = next((number for number, turn in enumerate(turns) if turn.role is Role.CUSTOMER), None)
    if first is None:
        return NO_CUSTOMER
    if is_spam(turns[first].text):
        return SPAM
    return None if any(turn.role is Role.AGENT for turn in turns[first:]) else NO_ANSWER


def _shortened(text: str) -> str:
    """Up to the last line end, or else the last space, in the allowed length."""
    head = text[:MAX_TURN_CHARACTERS]
    half = MAX_TURN_CHARACTERS // 2
    end = head.rfind("\n", half)
    if end < 0:
        end = head.rfind(" ", half)
    return (head[:end] if end > 0 else head).rstrip()
