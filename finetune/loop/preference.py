"""Direct preference optimisation: of two answers to one prompt, the preferred one is made likelier than the other.

The loss is that of Rafailov et al. 2023 (arXiv:2305.18290): minus the log-sigmoid of ``BETA`` times how much more the
model has moved towards the chosen answer than towards the rejected one, each from where the reference left it. The
nats a token of the chosen answer are added (Pang et al. 2024, arXiv:2404.19733), or both answers could become unlikely.

Written here because trl's DPOTrainer (1.16) cannot take this layout: it encodes prompts from text, where an
``<|agent|>`` that a customer typed would become the token, and calls the model through an output layer of its own. The
reference is not held in memory but asked once, beforehand, as trl can do it too. Computes in fp32: differences of sums
of hundreds of log-probabilities do not bear rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers.modeling_outputs import CausalLMOutput

from finetune.examples import ExampleSet, collator
from finetune.model.answer_model import AnswerGPT2
from finetune.prompt import IGNORED, encode_answer, encode_prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor

    from data.moments import Moment

BETA = 0.1
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt and two answers to it, as ids: what somebody preferred, and what they did not."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    rejected: tuple[int, ...]


def pair_of(moment: Moment, rejected: str, evidence: Sequence[str], tokenizer: Any, *, max_tokens: int = 512) -> Pair:
    """A moment, whose answer was chosen, with another answer, laid out as an example of ``max_tokens`` is."""
    chosen, other = (encode_answer(tokenizer, text)[: max_tokens // 2] for text in (moment.answer, rejected))
    room = max_tokens - max(len(chosen), len(other))
    prompt = encode_prompt(tokenizer, moment.context, evidence, max_tokens=room)
    return Pair(tuple(prompt), tuple(chosen), tuple(other))


class PairSet(ExampleSet):
    """Pairs as the Trainer reads them, each with what the reference says of it: two sums of log-probabilities."""

    def __init__(self, pairs: Sequence[Pair], reference: Sequence[tuple[float, float]]) -> None:
        super().__init__(())
        self.pairs, self._reference = pairs, reference

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def lengths(self) -> list[int]:
        """Tokens of both rows of each pair."""
        return [2 * len(each.prompt) + len(each.chosen) + len(each.rejected) for each in self.pairs]

    def __getitem__(self, place: int) -> dict[str, Any]:
        return {"pair": self.pairs[place], "reference": self._reference[place]}


def pair_collator(tokenizer: Any) -> Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]:
    """Rows (2 · pairs, longest): all chosen answers, then all rejected ones; ``reference`` (2 · pairs) likewise."""
    pad = collator(tokenizer)

    def collate(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        pairs: list[Pair] = [row["pair"] for row in rows]
        sides = [(each.prompt, each.chosen) for each in pairs] + [(each.prompt, each.rejected) for each in pairs]
        batch = pad(
            [{"input_ids": (*prompt, *said), "labels": (*[IGNORED] * len(prompt), *said)} for prompt, said in sides]
        )
        return {**batch, "reference": torch.tensor([row["reference"][side] for side in (0, 1) for row in rows])}

    return collate


class PreferenceGPT2(AnswerGPT2):
    """GPT-2 whose loss is that of preferences where its batch holds what the reference says, else its usual one."""

    @classmethod
    def of(cls, model: Any) -> PreferenceGPT2:
        """A copy of a model."""
        copied = cls(model.config)
        copied.load_state_dict(model.state_dict())
        return copied

    def forward(  # type: ignore[override]  # what else the model may be asked for has no meaning for pairs
        self,
        input_ids: Tensor | None = None,
        labels: Tensor | None = None,
        num_items_in_batch: Tensor | int | None = None,
        reference: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """The loss of ``pair_collator``'s rows.

        As everywhere in the loop it is the sum over what is in the batch divided by ``num_items_in_batch``, the
        labelled tokens of a step: a scale that Adam does not mind.
        """
        if reference is None or labels is None:
            return super().forward(input_ids, labels, num_items_in_batch, **kwargs)
        said, lengths = said_by(self, input_ids, labels)
        chosen, rejected = said.chunk(2)
        total = preference_loss(said - reference).sum() - (chosen / lengths[: len(chosen)]).sum()
        count = len(rejected) if num_items_in_batch is None else num_items_in_batch
        return CausalLMOutput(loss=total / torch.clamp(torch.as_tensor(count), min=1))


def preference_loss(moved: Tensor, beta: float = BETA) -> Tensor:
    """The loss of each pair; ``moved`` (2 · pairs) is by how many nats the model has moved from the reference."""
    chosen, rejected = moved.chunk(2)
    return -functional.logsigmoid(beta * (chosen - rejected))


def said_by(model: Any, input_ids: Any, labels: Tensor) -> tuple[Tensor, Tensor]:
    """The log-probability (nats) of each row's labelled tokens, summed, and how many they are; both (rows)."""
    hidden = model.transformer(input_ids=input_ids, use_cache=False)[0]
    targets = labels[:, 1:]
    kept = targets != IGNORED
    logits = model.lm_head(hidden[:, :-1][kept]).float()  # (labelled, vocabulary)
    nats = -functional.cross_entropy(logits, targets[kept], reduction="none")
    rows = kept.nonzero()[:, 0]
    lengths = kept.sum(dim=1)
    return torch.zeros(len(labels), device=nats.device).index_add(0, rows, nats), lengths


@torch.no_grad()
def said_of(model: Any, tokenizer: Any, pairs: Sequence[Pair]) -> list[tuple[float, float]]:
    """The log-probability (nats) a model in eval mode gives to the chosen and to the rejected answer of each pair."""
    model.eval()
    collate = pair_collator(tokenizer)
    found: list[tuple[float, float]] = []
    for start in range(0, len(pairs), _AT_ONCE):
        some = pairs[start : start + _AT_ONCE]
        batch = collate([{"pair": each, "reference": (0.0, 0.0)} for each in some])
        said, _ = said_by(model, batch["input_ids"].to(model.device), batch["labels"].to(model.device))
        chosen, rejected = said.tolist()[: len(some)], said.tolist()[len(some) :]
        found.extend(zip(chosen, rejected, strict=True))
    return found


def accuracy(pairs: Sequence[Pair], said: Sequence[tuple[float, float]]) -> float:
    """The share of pairs of which the chosen answer is the likelier, token by token: longer ones are none the worse."""
    right = sum(
        chosen / len(pair.chosen) > rejected / len(pair.rejected)
        for pair, (chosen, rejected) in zip(pairs, said, strict=True)
    )
    return right / len(pairs) if pairs else 0.0
