"""The prompt: one layout for training and for serving, as token ids.

    <|desk|> dialogue, oldest first, ending in the customer's words | evidence, best last | <|agent|> answer <|end|>

Where an agent's answer said what neither evidence nor customer say, ``<|abstain|>`` stands before it: a model that
writes this has nothing to say that could be shown to be true, and how likely it is to is how much it doubts.

Each turn opens with who speaks; an agent's turn closes with ``<|end|>``, so that a past answer in the dialogue has
the ids it had when it was written. Evidence changes at every turn and GPT-2's positions are absolute: all that stands
before it can be reused from turn to turn (a longer dialogue starts with the ids of the shorter one), so it comes last.
Old turns are dropped in big steps for the same reason.

What people write is always encoded as plain text: a customer who types ``<|agent|>`` gets the letters, never the token.
A tokenizer is one of the library `tokenizers`, or a Hugging Face one around it, as training has.
Knows tokenizers; refuses to know models, retrieval and where texts come from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from data.transcripts import Role, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

DESK = "<|desk|>"
CUSTOMER = "<|customer|>"
AGENT = "<|agent|>"
EVIDENCE = "<|evidence|>"
END = "<|end|>"
PAD = "<|pad|>"
ABSTAIN = "<|abstain|>"
SPECIAL_TOKENS: tuple[str, ...] = (DESK, CUSTOMER, AGENT, EVIDENCE, END, PAD, ABSTAIN)

JUDGED_TOKENS = 64
"""The part of a reply by which it is judged: the beginning tells, and time grows with length."""

_SPEAKER = {Role.CUSTOMER: CUSTOMER, Role.AGENT: AGENT, Role.BOT: AGENT}
_MIN_TOKENS = 16
_MIN_EVIDENCE = 24  # a shorter rest of a passage says nothing
_CHARACTERS_A_TOKEN = 16  # cuts absurdly long texts before they are tokenized at all


def prepare_tokenizer(tokenizer: Any) -> int:
    """Add the special tokens a tokenizer lacks, name its end and padding token; returns how many were added."""
    from tokenizers import AddedToken

    vocabulary = tokenizer.get_vocab()
    missing = [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS if token not in vocabulary]
    if missing:
        tokenizer.add_tokens(missing, special_tokens=True)
    tokenizer.eos_token = END
    tokenizer.pad_token = PAD
    return len(missing)


def encode_prompt(tokenizer: Any, turns: Sequence[Turn], evidence: Sequence[str], *, max_tokens: int) -> list[int]:
    """Lay out what is known before an answer; at most ``max_tokens`` ids, the last of them ``<|agent|>``.

    ``evidence`` comes best first and is laid out best last; the worst goes first when room is short. The dialogue gets
    half of the room whatever the evidence is, so that its ids do not depend on it. Notes are left out. The last
    customer turn is never dropped; a text longer than a quarter of the room is cut in its middle.

    Raises:
        ValueError: ``max_tokens`` is too small to hold anything.

    """
    if max_tokens < _MIN_TOKENS:
        raise ValueError(f"max_tokens must be at least {_MIN_TOKENS}, got {max_tokens}")
    ids = encode_dialogue(tokenizer, turns, budget=max_tokens // 2)
    room = max_tokens - len(ids) - 1
    passages: list[list[int]] = []
    for passage in _encode(tokenizer, [_shortened(text, room) for text in evidence]):
        if room - 1 < min(len(passage), _MIN_EVIDENCE):
            break
        piece = [_id(tokenizer, EVIDENCE), *passage[: room - 1]]
        passages.append(piece)
        room -= len(piece)
    for piece in reversed(passages):
        ids.extend(piece)
    ids.append(_id(tokenizer, AGENT))
    return ids


def evidence_of(tokenizer: Any, prompt: list[int]) -> list[int]:
    """The part of a prompt that a reply may copy from: its evidence, from the first passage on; empty without any."""
    mark = _id(tokenizer, EVIDENCE)
    return prompt[prompt.index(mark) :] if mark in prompt else []


def encode_dialogue(tokenizer: Any, turns: Sequence[Turn], *, budget: int) -> list[int]:
    """The part of the prompt that can be reused from turn to turn: ``<|desk|>`` and the turns that are kept.

    Turns are dropped from the front in steps of half the budget, counted from the start of the conversation: the
    first kept turn stays the same while the dialogue grows by that much.
    """
    spoken = [turn for turn in turns if turn.role in _SPEAKER]
    step = max(budget // 2, 1)
    # A turn with its speaker and end fits into one step, <|desk|> included.
    pieces = encode_turns(tokenizer, spoken, most=max(step - 3, 1))
    ids = [_id(tokenizer, DESK)]
    for number in _kept(spoken, [len(piece) for piece in pieces], budget - 1, step):
        ids.extend(pieces[number])
    return ids


def encode_turns(tokenizer: Any, turns: Sequence[Turn], *, most: int) -> list[list[int]]:
    """The ids of each turn, from its speaker on; a text of more than ``most`` is cut in its middle. Notes have no ids.

    What stands between ``<|agent|>`` and ``<|end|>`` of an agent's turn are the ids of ``encode_answer``.
    """
    spoken = [turn for turn in turns if turn.role in _SPEAKER]
    pieces = []
    texts = _encode(tokenizer, [_shortened(turn.text, most) for turn in spoken])
    for turn, text in zip(spoken, texts, strict=True):
        closing = [] if turn.role is Role.CUSTOMER else [_id(tokenizer, END)]
        pieces.append([_id(tokenizer, _SPEAKER[turn.role]), *_middle_cut(text, most), *closing])
    return pieces


def encode_answer(tokenizer: Any, text: str, *, abstains: bool = False) -> list[int]:
    """The ids of an answer, closed by ``<|end|>``; ``abstains``: with the mark that it cannot be known before it."""
    doubt = [_id(tokenizer, ABSTAIN)] if abstains else []
    return [*doubt, *_encode(tokenizer, [text])[0], _id(tokenizer, END)]


def encode_judged(tokenizer: Any, text: str, *, most: int) -> list[int]:
    """The ids of a reply, at most ``most``, closed by ``<|end|>`` and by the mark of one that our agents sent.

    A dialogue goes on with ``<|customer|>`` behind what was sent, and with ``<|abstain|>`` behind what was not: how
    likely the last id is says how likely it is that the reply is ours (after Nogueira et al. 2020, arXiv:2003.06713,
    whose judge answers by a word of its vocabulary too).
    """
    return [*_encode(tokenizer, [text])[0][: most - 2], _id(tokenizer, END), _id(tokenizer, CUSTOMER)]


def decode_answer(tokenizer: Any, ids: Sequence[int]) -> str:
    """The text of answer ids up to ``<|end|>``; other special tokens vanish."""
    end = _id(tokenizer, END)
    kept = list(ids)
    if end in kept:
        kept = kept[: kept.index(end)]
    text: str = plain(tokenizer).decode(kept, skip_special_tokens=True)
    return text


def end_id(tokenizer: Any) -> int:
    """The id that closes an answer; generation stops at it."""
    return _id(tokenizer, END)


def plain(tokenizer: Any) -> Any:
    """The tokenizer itself, where a Hugging Face one stands around it."""
    return getattr(tokenizer, "backend_tokenizer", tokenizer)


def desk_id(tokenizer: Any) -> int:
    """The id that a dialogue begins with."""
    return _id(tokenizer, DESK)


def agent_id(tokenizer: Any) -> int:
    """The id behind which an agent speaks."""
    return _id(tokenizer, AGENT)


def abstain_id(tokenizer: Any) -> int | None:
    """The id of the mark that an answer cannot be known; None where a model was trained before there was one."""
    number: int | None = plain(tokenizer).token_to_id(ABSTAIN)
    return number


def pad_id(tokenizer: Any) -> int:
    """The id batches are filled up with."""
    return _id(tokenizer, PAD)


def _kept(turns: Sequence[Turn], lengths: Sequence[int], budget: int, step: int) -> list[int]:
    """Numbers of the turns that stay: those that start at or after the cut, and always the last customer turn."""
    excess = sum(lengths) - budget
    cut = -(-excess // step) * step if excess > 0 else 0
    kept, start = [], 0
    for number, length in enumerate(lengths):
        if start >= cut:
            kept.append(number)
        start += length
    last = max((number for number, turn in enumerate(turns) if turn.role is Role.CUSTOMER), default=None)
    if last is not None and last not in kept:
        kept.insert(0, last)
    return kept


def _middle_cut(ids: list[int], cap: int) -> list[int]:
    if len(ids) <= cap:
        return ids
    tail = cap // 3
    return [*ids[: cap - tail], *ids[len(ids) - tail :]]


def _shortened(text: str, tokens: int) -> str:
    limit = max(tokens, _MIN_TOKENS) * _CHARACTERS_A_TOKEN
    return text if len(text) <= limit else text[: limit // 2] + text[-limit // 2 :]


def _encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    if not texts:
        return []
    # Half of a surrogate pair cannot be UTF-8; it becomes a question mark rather than an exception.
    whole = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
    inner = plain(tokenizer)
    if not inner.encode_special_tokens:
        inner.encode_special_tokens = True
    return [each.ids for each in inner.encode_batch_fast(whole, add_special_tokens=False)]


def _id(tokenizer: Any, token: str) -> int:
    number: int | None = plain(tokenizer).token_to_id(token)
    if number is None:
        raise ValueError(f"the tokenizer lacks {token}: call prepare_tokenizer first")
    return number


IGNORED = -100
