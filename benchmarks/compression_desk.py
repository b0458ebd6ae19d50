"""Examples of a small Thunderbird desk, as the benchmarks of model sizes and of training memory use them.

The latest conversations of the past are learnt from; first answers of later ones are held out. Evidence is what
answered the most alike questions of the past by their words (TF-IDF): it is there so that a model has something to copy
from, and no encoder has to run for that. Nothing here measures retrieval.
"""

from __future__ import annotations

import gzip
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sklearn.feature_extraction.text import TfidfVectorizer
from voice_corpus import items

from data.moments import Moment, moments_of
from data.transcripts import Conversation
from finetune.examples import Example, example_of
from finetune.model.loading import load_tokenizer
from retrieval.passages import question_text

if TYPE_CHECKING:
    import argparse

EVIDENCE = 3


class Examples:
    """What is learnt and what is held out; read when first asked for, and the same each time."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    @cached_property
    def tokenizer(self) -> Any:
        """The base's."""
        return load_tokenizer(self.options.base)

    @cached_property
    def train(self) -> list[Example]:
        """Every answer of the learnt conversations, with what answered questions of other ones."""
        return [self._example(moment) for moment in self._past]

    @cached_property
    def heldout(self) -> list[Example]:
        """First answers of the held-out conversations."""
        firsts = [found[0] for each in self._conversations("dev") if (found := _answered(each))]
        return [self._example(moment) for moment in firsts[: self.options.measured]]

    @cached_property
    def _past(self) -> list[Moment]:
        return [moment for each in self._conversations("train") for moment in _answered(each)]

    @cached_property
    def _searched(self) -> tuple[Any, Any]:
        words = TfidfVectorizer(sublinear_tf=True)
        return words, words.fit_transform([question_text(moment.context) for moment in self._past])

    def _example(self, moment: Moment) -> Example:
        words, known = self._searched
        alike = (known @ words.transform([question_text(moment.context)]).T).toarray()[:, 0]
        others = (self._past[place] for place in (-alike).argsort()[: EVIDENCE + 20])
        texts = [each.answer for each in others if each.conversation_id != moment.conversation_id]
        return example_of(moment, texts[:EVIDENCE], self.tokenizer, max_tokens=self.options.max_tokens)

    def _conversations(self, part: str) -> list[Conversation]:
        """The latest of a part, through the product's intake: checked, cleaned, masked."""
        path = self.options.work / f"{part}-{self.options.conversations}.jsonl"
        if not path.exists():
            with gzip.open(self.options.datasets / "thunderbird" / f"{part}.jsonl.gz", "rt", encoding="utf-8") as file:
                lines = sorted(file, key=lambda line: str(json.loads(line)["labels"].get("created")))
            path.write_text("".join(lines[-self.options.conversations :]), encoding="utf-8")
        return list(items([path], Conversation))


def _answered(conversation: Conversation) -> list[Moment]:
    return [moment for moment in moments_of(conversation) if moment.answer.strip()]
