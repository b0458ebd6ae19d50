"""Training examples: a moment and its evidence, laid out as in serving, with loss on the agent's words only.

Where the evidence comes from is the caller's business (this floor never imports retrieval). The caller owes that it is
*leave-one-conversation-out*: no passage of the moment's own conversation, else the model learns to expect the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from finetune.pair_prompt import encode_brief
from finetune.prompt import (
    IGNORED,
    JUDGED_TOKENS,
    abstain_id,
    agent_id,
    decode_answer,
    desk_id,
    encode_answer,
    encode_judged,
    encode_prompt,
    encode_turns,
    pad_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from data.moments import Moment
    from data.transcripts import Turn
    from finetune.pair_prompt import Brief


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt with its answer. ``labels`` equals ``input_ids`` on the answer and -100 before it; same length."""

    input_ids: tuple[int, ...]
    labels: tuple[int, ...]
    answer_bytes: int

    @property
    def answer_start(self) -> int:
        """Index of the answer's first token; the token before it is ``<|agent|>``."""
        return next(place for place, label in enumerate(self.labels) if label != IGNORED)


def example_of(
    moment: Moment, evidence: Sequence[str], tokenizer: Any, *, max_tokens: int = 512, abstains: bool = False
) -> Example:
    """One moment with its evidence (best first). ``abstains``: its answer could not have been known from that.

    The answer gets at most half of ``max_tokens``; a longer one is cut and then not closed, so that the model never
    learns to stop in mid-sentence. The prompt gets the rest.
    """
    return _example(
        lambda room: encode_prompt(tokenizer, moment.context, evidence, max_tokens=room),
        moment.answer,
        tokenizer,
        max_tokens,
        abstains=abstains,
    )


def example_of_pair(brief: Brief, text: str, tokenizer: Any, *, max_tokens: int = 512) -> Example:
    """One outline with its text, laid out as for writing; cut as ``example_of`` cuts."""
    return _example(lambda room: encode_brief(tokenizer, brief, max_tokens=room), text, tokenizer, max_tokens)


def _example(
    prompt_of: Callable[[int], list[int]], text: str, tokenizer: Any, max_tokens: int, *, abstains: bool = False
) -> Example:
    """An example of a text and what makes its prompt in so many tokens as are left."""
    answer = encode_answer(tokenizer, text, abstains=abstains)
    whole = len(answer)
    answer = answer[: max_tokens // 2]
    prompt = prompt_of(max_tokens - len(answer))
    length = len(text.encode("utf-8", "replace"))
    if len(answer) < whole:
        length = len(tokenizer.decode(answer, clean_up_tokenization_spaces=False).encode())
    return Example(
        input_ids=(*prompt, *answer),
        labels=(*[IGNORED] * len(prompt), *answer),
        answer_bytes=length,
    )


def _always(_: Moment, __: Sequence[str]) -> bool:
    return True


def examples_of(
    moments: Iterable[Moment],
    evidence_for: Callable[[Moment], Sequence[str]],
    tokenizer: Any,
    *,
    max_tokens: int = 512,
    is_knowable: Callable[[Moment, Sequence[str]], bool] = _always,
) -> Iterator[Example]:
    """Examples of all moments; ``evidence_for`` must leave the moment's own conversation out.

    ``is_knowable`` says whether an answer could have been known from the evidence; where not, it is learnt to abstain.
    """
    for moment in moments:
        if moment.answer.strip():
            evidence = evidence_for(moment)
            abstains = not is_knowable(moment, evidence)
            yield example_of(moment, evidence, tokenizer, max_tokens=max_tokens, abstains=abstains)


def judged_examples(
    moment: Moment, others: Sequence[str], tokenizer: Any, *, max_tokens: int = 512, most: int = JUDGED_TOKENS
) -> list[Example]:
    """What was sent and what was not (``others``, replies to like questions), each to be told from the other.

    None where no other says anything else.
    The dialogue stands before each without evidence, for where the answer itself is evidence there is nothing to judge.
    The label is the last id alone (``encode_judged``). Next-utterance classification over the hidden state of the end
    (Wolf et al. 2019, arXiv:1901.08149), with the weights of a token in the place of a head.
    """
    prompt = encode_prompt(tokenizer, moment.context, (), max_tokens=max_tokens - most)
    refused = abstain_id(tokenizer)
    examples: list[Example] = []
    different = [text for text in dict.fromkeys(others) if text.strip() != moment.answer.strip()]
    for text in (moment.answer, *different) if different else ():
        ids = encode_judged(tokenizer, text, most=most)
        if examples:
            ids[-1] = refused if refused is not None else ids[-1]
        whole = (*prompt, *ids)
        examples.append(Example(whole, (*[IGNORED] * (len(whole) - 1), whole[-1]), 0))
    return examples


def whole_examples(turns: Sequence[Turn], tokenizer: Any, *, max_tokens: int) -> Iterator[Example]:
    """A whole conversation in pieces of at most ``max_tokens``, without evidence; loss on all that agents say.

    Each turn stands in one piece, so that nothing is read twice. A piece in which no agent speaks is left out.
    """
    start, agent = desk_id(tokenizer), agent_id(tokenizer)
    room = max_tokens - 1
    groups: list[list[list[int]]] = [[]]
    for piece in encode_turns(tokenizer, turns, most=max_tokens - 3):
        if sum(map(len, groups[-1])) + len(piece) > room:
            groups.append([])
        groups[-1].append(piece)
    for group in groups:
        answers = [piece[1:] for piece in group if piece[0] == agent]
        if answers:
            ids = [start, *(number for piece in group for number in piece)]
            labels = [IGNORED]
            for piece in group:
                labels += [IGNORED, *piece[1:]] if piece[0] == agent else [IGNORED] * len(piece)
            size = sum(len(decode_answer(tokenizer, answer).encode()) for answer in answers)
            yield Example(tuple(ids), tuple(labels), size)


def packed(examples: Sequence[Example], name: str) -> dict[str, Any]:
    """Examples as whole numbers for an .npz file: an array for each thing they hold, its name begun with ``name``."""
    return {
        f"{name}_ids": np.array([number for row in examples for number in row.input_ids], dtype=np.int64),
        f"{name}_lengths": np.array([len(row.input_ids) for row in examples], dtype=np.int64),
        f"{name}_labels": np.array([number for row in examples for number in row.labels], dtype=np.int64),
        f"{name}_bytes": np.array([row.answer_bytes for row in examples], dtype=np.int64),
    }


def unpacked(arrays: Mapping[str, NDArray[np.int64]], name: str) -> list[Example]:
    """The examples that ``packed`` put there."""
    ids, labels = arrays[f"{name}_ids"].tolist(), arrays[f"{name}_labels"].tolist()
    place, examples = 0, []
    for length, size in zip(*(arrays[f"{name}_{key}"].tolist() for key in ("lengths", "bytes")), strict=True):
        own = slice(place, place + length)
        examples.append(Example(tuple(ids[own]), tuple(labels[own]), size))
        place += length
    return examples


class ExampleSet(torch.utils.data.Dataset[dict[str, Any]]):
    """Examples as the Trainer reads them."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def lengths(self) -> list[int]:
        """Tokens of each example."""
        return [len(example.input_ids) for example in self.examples]

    def __getitem__(self, place: int) -> dict[str, Any]:
        example = self.examples[place]
        return {"input_ids": example.input_ids, "labels": example.labels}


def collator(tokenizer: Any) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """Pads a batch on the right: tensors (batch, longest). GPT-2 looks only back, so padding needs no mask."""
    fillers = {"input_ids": pad_id(tokenizer), "labels": IGNORED, "position_ids": 0}

    def collate(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        longest = max(len(row["input_ids"]) for row in rows)
        batch: dict[str, Any] = {}
        for key in rows[0]:
            padded = [[*row[key], *[fillers[key]] * (longest - len(row[key]))] for row in rows]
            batch[key] = torch.tensor(padded, dtype=torch.long)
        return batch

    return collate
