"""A stepper whose probabilities are known: a desk that only ever writes one of a few texts."""

from __future__ import annotations

import math

import numpy as np

from finetune.prompt import AGENT, encode_answer


class ScriptedStepper:
    """Writes each text of ``weights`` as often as its weight says, in the tokenizer's own tokens; counts questions."""

    name = "scripted"
    context_tokens = 1024

    def __init__(self, tokenizer, weights):
        self._size = len(tokenizer)
        self._agent = tokenizer.convert_tokens_to_ids(AGENT)
        self._rows = [(encode_answer(tokenizer, text), weight) for text, weight in weights.items()]
        self.asked = []

    def log_probabilities(self, ids):
        ids = list(ids)
        written = ids[len(ids) - ids[::-1].index(self._agent) :]
        self.asked.append(tuple(ids))
        masses = np.zeros(self._size)
        for row, weight in self._rows:
            if row[: len(written)] == written and len(row) > len(written):
                masses[row[len(written)]] += weight
        total = masses.sum()
        if total == 0:
            return np.full(self._size, -math.log(self._size), dtype=np.float32)
        with np.errstate(divide="ignore"):
            return np.log(masses / total).astype(np.float32)
