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
from finetune.prompt import IGNORED, encode_answer, encode_prompt, pad_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from data.moments import Moment
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


def example_of(moment: Moment, evidence: Sequence[str], tokenizer: Any, *, max_tokens: int = 512) -> Example:
    """One moment with its evidence (best first).

    The answer gets at most half of ``max_tokens``; a longer one is cut and then not closed, so that the model never
    learns to stop in mid-sentence. The prompt gets the rest.
    """
    return _example(
        lambda room: encode_prompt(tokenizer, moment.context, evidence, max_tokens=room),
        moment.answer,
        tokenizer,
        max_tokens,
    )


def example_of_pair(brief: Brief, text: str, tokenizer: Any, *, max_tokens: int = 512) -> Example:
    """One outline with its text, laid out as for writing; cut as ``example_of`` cuts."""
    return _example(lambda room: encode_brief(tokenizer, brief, max_tokens=room), text, tokenizer, max_tokens)


def _example(prompt_of: Callable[[int], list[int]], text: str, tokenizer: Any, max_tokens: int) -> Example:
    """An example of a text and what makes its prompt in so many tokens as are left."""
    answer = encode_answer(tokenizer, text)
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


def examples_of(
    moments: Iterable[Moment],
    evidence_for: Callable[[Moment], Sequence[str]],
    tokenizer: Any,
    *,
    max_tokens: int = 512,
) -> Iterator[Example]:
    """Examples of all moments; ``evidence_for`` must leave the moment's own conversation out."""
    for moment in moments:
        if moment.answer.strip():
            yield example_of(moment, evidence_for(moment), tokenizer, max_tokens=max_tokens)


def packed(examples: Sequence[Example], name: str) -> dict[str, Any]:
    """Examples as whole numbers for an .npz file: an array for each thing they hold, its name begun with ``name``."""
    return {
        f"{name}_ids": np.array([number for row in examples for number in row.input_ids], dtype=np.int64),
        f"{name}_lengths": np.array([len(row.input_ids) for row in examples], dtype=np.int64),
        f"{name}_starts": np.array([row.answer_start for row in examples], dtype=np.int64),
        f"{name}_bytes": np.array([row.answer_bytes for row in examples], dtype=np.int64),
    }


def unpacked(arrays: Mapping[str, NDArray[np.int64]], name: str) -> list[Example]:
    """The examples that ``packed`` put there."""
    ids, place, examples = arrays[f"{name}_ids"].tolist(), 0, []
    rows = zip(*(arrays[f"{name}_{key}"].tolist() for key in ("lengths", "starts", "bytes")), strict=True)
    for length, start, size in rows:
        own = tuple(ids[place : place + length])
        place += length
        examples.append(Example(own, (*[IGNORED] * start, *own[start:]), size))
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
