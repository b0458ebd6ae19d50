"""The tokens of a byte-level BPE as bytes: what each stands for, and where words end.

A half-typed word is a string of bytes, not of tokens; this turns one into the other. Knows one tokenizer, no models and
no probabilities.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import pre_tokenizers

from finetune.prompt import end_id, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LONGEST_TOKEN = 32
"""Bytes of a token that can be completed; longer ones are rows of dashes."""

# Scripts that are written without spaces: a word may end at any letter.
UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
)
_JOINERS = frozenset("'\u2019-_@/:.&+#\u200c\u200d")
_JOINS_ALONE = frozenset("'\u2019-_@/&+\u200c\u200d")


class UnfitTokenizerError(ValueError):
    """The tokenizer is no byte-level BPE: its tokens do not stand for bytes."""


class Vocabulary:
    """The tokens of one tokenizer.

    ``pieces`` holds the bytes of each token by id, empty where it is none that may be written (special tokens, and
    bytes that no text holds). The masks have shape (tokens,): ``written`` marks those with bytes, ``breaks`` those
    before which a word is over, ``spaces`` those that begin with white space; ``<|end|>`` is in both of the latter.
    """

    def __init__(self, tokenizer: Any) -> None:
        """Read a tokenizer's tokens.

        Raises:
            UnfitTokenizerError: they do not stand for bytes.

        """
        inner = plain(tokenizer)
        if not _byte_level(inner):
            raise UnfitTokenizerError(
                "completion needs a byte-level BPE, which is what a GPT-2 by OpenAI's recipe comes with"
            )
        self._inner = inner
        self._bytes = _alphabet()
        special = {number for number, token in inner.get_added_tokens_decoder().items() if token.special}
        tokens = (inner.id_to_token(number) or "" for number in range(inner.get_vocab_size()))
        self.pieces = [b"" if number in special else self._plain(token) for number, token in enumerate(tokens)]
        self.end = end_id(tokenizer)
        self.written = np.array([bool(piece) for piece in self.pieces])
        self.breaks = np.array([_breaks_word(piece) for piece in self.pieces])
        self.spaces = np.array([piece[:1].isspace() for piece in self.pieces])
        self.breaks[self.end] = self.spaces[self.end] = True
        self._sorted = sorted((piece, number) for number, piece in enumerate(self.pieces) if piece)
        self._numbers = np.array([number for _, number in self._sorted], dtype=np.int64)

    def starting_with(self, beginning: bytes) -> NDArray[np.int64]:
        """The ids of the tokens whose bytes begin with these, shape (n,)."""
        low = bisect_left(self._sorted, (beginning, -1))
        high = bisect_left(self._sorted, (beginning + b"\xff", -1))  # no text holds this byte
        return self._numbers[low:high]

    def typed(self, text: str) -> Typed:
        """A text as it was typed so far."""
        whole = text.encode("utf-8", "replace").decode("utf-8")
        normalizer = self._inner.normalizer
        whole = normalizer.normalize_str(whole) if normalizer is not None else whole
        words = [word for word, _ in self._inner.pre_tokenizer.pre_tokenize_str(whole)] if whole else []
        return Typed(words, b"".join(self._plain(word) for word in words), self._inner.model)

    def _plain(self, letters: str) -> bytes:
        """The bytes that a token's letters stand for; none where one of them stands for no byte of a text."""
        values = [self._bytes.get(letter) for letter in letters]
        return b"" if None in values else bytes(value for value in values if value is not None)


class Typed:
    """A beginning of a text: ``bytes``, and the tokens of any cut of them, in the middle of a character as well."""

    def __init__(self, words: Sequence[str], content: bytes, model: Any) -> None:
        self.bytes = content
        self._words = words
        self._model = model
        # Whole words have the same ids wherever the cut behind them is. Before each word: its place, and how many ids.
        self._ids: list[int] = []
        self._marks = [(0, 0)]
        for word in words:
            self._ids += self._tokens(word)
            self._marks.append((self._marks[-1][0] + len(word), len(self._ids)))

    def cut(self, place: int) -> list[int]:
        """The ids of the first ``place`` bytes, as the tokenizer gives them."""
        number = bisect_right(self._marks, place, key=itemgetter(0)) - 1
        start, count = self._marks[number]
        return [*self._ids[:count], *(self._tokens(self._words[number][: place - start]) if place > start else [])]

    def _tokens(self, word: str) -> list[int]:
        return [token.id for token in self._model.tokenize(word)]


def ends_word(text: str) -> bool:
    """Whether a text ends in a letter, a figure or what closes with them ("%", ")"), and so may end where it does."""
    return bool(text) and (
        _is_letter(text[-1]) or unicodedata.category(text[-1]) in {"Sc", "Pe", "Pf"} or text[-1] == "%"
    )


def _alphabet() -> dict[str, int]:
    """The byte for each letter of byte-level tokens, asked of the library: every byte that UTF-8 uses, once."""
    numbers = [
        *range(0x800),
        *range(0x800, 0xD800, 0x40),
        *range(0xE000, 0x10000, 0x1000),
        *range(0x10000, 0x110000, 0x1000),
    ]
    sample = "".join(map(chr, numbers))
    ((letters, _),) = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(sample)
    return dict(zip(letters, sample.encode(), strict=True))


def _byte_level(inner: Any) -> bool:
    """Whether a tokenizer turns a text into the letters that stand for its bytes."""
    sample = "a b\u00e9\u4f60"
    words = inner.pre_tokenizer.pre_tokenize_str(sample) if inner.pre_tokenizer is not None else []
    letters = _alphabet()
    found = bytes(letters.get(letter, 0) for word, _ in words for letter in word)
    return found.removeprefix(b" ") == sample.encode()


def _breaks_word(piece: bytes) -> bool:
    """Whether a word is over before a token; not where it cannot be told, as before half a character."""
    text = piece.decode("utf-8", "ignore")
    return bool(text) and piece.startswith(text[0].encode()) and breaks_word(text)


def breaks_word(text: str) -> bool:
    """Whether a word is over before a text that is not empty: "e-mail", "don't" and "a.b" are one word each."""
    first, second = text[0], text[1:2]
    if _is_letter(first):
        return any(low <= first <= high for low, high in UNSPACED) and unicodedata.category(first)[0] != "M"
    # "https://" is a part of its word, "end." and "end:" are not.
    return not (first in _JOINERS and (first in _JOINS_ALONE or second == "/" or (second and _is_letter(second))))


def _is_letter(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LMN"
