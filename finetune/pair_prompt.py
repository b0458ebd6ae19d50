"""The prompt of a writer, which makes a text of an outline: the tokens and the layout of replies, put to another use.

    <|desk|> <|customer|> what is wished | <|evidence|> more evidence | <|evidence|> outline | <|agent|> text <|end|>

The outline stands where the base has learnt to find what it may say and copy from, last before the text; the wish
(length and tone, in words) stands where a request does. Knows tokenizers; refuses to know models and files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.transcripts import Role, Turn
from finetune.prompt import EVIDENCE, encode_prompt, evidence_of, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

LENGTHS = ("short", "medium", "long")
"""What a length may be called, among the texts that were learnt from."""
_REQUEST = "Please write this."


@dataclass(frozen=True, slots=True)
class Brief:
    """What is to be written: an outline, one of ``LENGTHS`` and a tone where they are wished, other evidence."""

    outline: str
    length: str | None = None
    tone: str | None = None
    evidence: Sequence[str] = ()

    @property
    def wish(self) -> str:
        """The request in words, the same in training and writing."""
        length = f" Length: {self.length}." if self.length else ""
        tone = f" Tone: {self.tone}." if self.tone else ""
        return f"{_REQUEST}{length}{tone}"


def encode_brief(tokenizer: Any, brief: Brief, *, max_tokens: int) -> list[int]:
    """The ids before a text, at most ``max_tokens``, the last of them ``<|agent|>``; a long outline loses its end.

    Raises:
        ValueError: ``max_tokens`` is too small to hold anything.

    """
    passages = [passage for passage in (brief.outline, *brief.evidence) if passage.strip()]
    return encode_prompt(tokenizer, [Turn(Role.CUSTOMER, brief.wish)], passages, max_tokens=max_tokens)


def read_of(tokenizer: Any, prompt: list[int]) -> str:
    """What of the outline and the evidence stands in a prompt of ``encode_brief``."""
    text: str = plain(tokenizer).decode(evidence_of(tokenizer, prompt)[:-1], skip_special_tokens=False)
    return text.replace(EVIDENCE, " ")
