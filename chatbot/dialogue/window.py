"""Reads the window: the part of a conversation that an answer is made from, masked.

Personal data, but for names of others, is masked before anything else sees it, and kept beside only to fill the slots
of a past answer with this customer's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chatbot.dialogue.timing import step
from chatbot.dialogue.understand.follow_up import standalone
from data.masking.kinds import PLACEHOLDER, REFILLED
from data.masking.mask import Masker
from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_TURNS = 24
MAX_TURN_CHARACTERS = 6000
"""A longer turn keeps its first two thirds and its last third of this: questions stand at either end."""

_CASES = frozenset({"ORDER", "TRACKING", "ACCOUNT"})
_WORDS = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a conversation when it is answered.

    ``turns`` are masked, ``question`` is what is looked up, made of them; ``asked`` is the same in the customer's words
    alone, which the parts of an article have to answer: an answer of ours in it would find itself again. ``latest`` is
    what the customer wrote since the last answer and ``customer`` all their words in the window, both unmasked;
    ``values`` maps each placeholder to what it stands for here.
    """

    turns: tuple[Turn, ...]
    question: str
    asked: str
    latest: str
    customer: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def spoken(self) -> list[str]:
        """What tells the customer's language: their words, the newest first, then ours, which followed it."""
        theirs = [turn.text for turn in self.turns if turn.role is Role.CUSTOMER]
        ours = [turn.text for turn in self.turns if turn.role is not Role.CUSTOMER]
        return [self.latest, *theirs[::-1], *ours[::-1]]

    @property
    def names_a_case(self) -> bool:
        """Whether what the customer wrote last names an order, a repair or an account of theirs."""
        return any(kind in _CASES for kind, _ in PLACEHOLDER.findall(self.latest_masked))

    @property
    def latest_masked(self) -> str:
        """What the customer wrote since the last answer, masked and in their own language and spelling."""
        return "\n".join(_latest(self.turns))

    @property
    def has_words(self) -> bool:
        """Whether the customer has said anything in letters or digits."""
        return bool(_WORDS.search(self.question))

    def respelt(self, mended: Callable[[str], str]) -> Window:
        """The same with slips of the finger mended in what the customer wrote."""
        return replace(
            self,
            question=mended(self.question),
            asked=mended(self.asked),
            latest=mended(self.latest),
            customer=mended(self.customer),
        )


@step("read")
def read(turns: Sequence[Turn]) -> Window:
    """Make the window of a conversation (one episode of it, oldest turn first, of any length and content).

    Notes are left out. The opening customer turn always stays: it says what the matter is.
    """
    spoken = [turn for turn in turns if turn.role is not Role.NOTE and turn.text.strip()]
    kept = spoken[-MAX_TURNS:]
    opening = next((turn for turn in spoken if turn.role is Role.CUSTOMER), None)
    if opening is not None and opening not in kept:
        kept = [opening, *kept[1:]]
    kept = [replace(turn, text=_shortened(turn.text), extras={}) for turn in kept]
    # Whom a question is about is for the checks to see; who greets or signs with a name is not asking about it.
    masker = Masker(others=False)
    texts = masker.mask_all([turn.text for turn in kept])
    masked = tuple(replace(turn, text=text) for turn, text in zip(kept, texts, strict=True))
    return Window(
        turns=masked,
        question=standalone(masked),
        asked=standalone(masked, answered=False),
        latest="\n".join(_latest(kept)),
        customer="\n".join(turn.text for turn in kept if turn.role is Role.CUSTOMER),
        values=dict(masker.values),
    )


def refilled(text: str, window: Window, *, asked: str, answered: str = "") -> str:
    """Put the customer's own data into the slots of a text; a slot that is not certainly theirs stays.

    A slot is filled where this conversation holds exactly one value of its kind, and where the slot of the
    past answer (``answered``) held what that past customer had written (it stands in ``asked`` as well): an
    agent's own address is a slot too, and not this customer's. Names, codes, and what is private stay slots.
    """

    def fill(slot: re.Match[str]) -> str:
        if slot[1] not in REFILLED or slot[2] is None:
            return slot.group()
        own = [value for placeholder, value in window.values.items() if placeholder.startswith(f"[{slot[1]}_")]
        theirs = slot.group() in answered and slot.group() not in asked
        return own[0] if len(own) == 1 and not theirs else slot.group()

    return PLACEHOLDER.sub(fill, text)


def _latest(turns: Sequence[Turn]) -> list[str]:
    """The customer's messages since the last answer; where an answer stands last, the run before it."""
    texts: list[str] = []
    for turn in reversed(turns):
        if turn.role is Role.CUSTOMER:
            texts.append(turn.text)
        elif texts:
            break
    return texts[::-1]


def _shortened(text: str) -> str:
    if len(text) <= MAX_TURN_CHARACTERS:
        return text
    tail = MAX_TURN_CHARACTERS // 3
    return f"{text[: MAX_TURN_CHARACTERS - tail]}\n{text[-tail:]}"
