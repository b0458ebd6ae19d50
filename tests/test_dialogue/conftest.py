"""A small desk: a fixed fake encoder, a real retriever over it, a byte tokenizer, a reply model of one text."""

from __future__ import annotations

import re
from hashlib import blake2b

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from chatbot.dialogue.write.language_model import ReplyModel
from data.progress import silent
from data.transcripts import Role, Turn
from finetune.prompt import encode_answer, prepare_tokenizer
from retrieval.index.build import build_index
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.retriever import Retriever

MOMENT, ARTICLE = PassageKind.MOMENT, PassageKind.ARTICLE


class WordEncoder:
    """Bag of hashed words: texts with the same words are alike."""

    fingerprint = "dialogue-words"
    dimension = 128

    def encode(self, texts, report=silent):
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or ["nothing"]:
                seed = int.from_bytes(blake2b(word.encode(), digest_size=4).digest())
                rows[row] += np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class Script:
    """A generator that writes one given text, on from what of it a prompt has, and finds others less likely."""

    name = "script"
    context_tokens = 1024

    def __init__(self, tokenizer, text):
        self.ids = encode_answer(tokenizer, text)
        self.prompts = []

    def generate(self, request, should_stop=lambda: False):
        self.prompts.append(list(request.prompt))
        ends = (size for size in range(len(self.ids), 0, -1) if [*request.prompt[-size:]] == self.ids[:size])
        for token in self.ids[next(ends, 0) :][: request.sampling.max_tokens]:
            if should_stop() or token in request.sampling.stop_ids:
                return
            yield token

    def score(self, prompt, candidates, *, judged=None):
        own = " ".join(map(str, [*self.ids, ""]))
        return [-len(each) * (1.0 if " ".join(map(str, [*each, ""])) in own else 2.0) for each in candidates]


def _moment(number, question, answer):
    return Passage(f"m{number}:1", MOMENT, question, answer, f"m{number}", created="2025-01-01")


PASSAGES = [
    _moment(1, "how long do refunds take", "Refunds take 5 working days after the return has arrived."),
    _moment(2, "how long does a refund take please", "Refunds take 5 working days after the return has arrived."),
    _moment(3, "when do refunds take place, how long", "The refund takes 5 working days once the return has arrived."),
    _moment(4, "where is my order [ORDER_1]", "I've checked, your order [ORDER_1] left us on 24 February."),
    _moment(5, "did you get my mail [EMAIL_1]", "Yes, the newsletter goes to [EMAIL_1] every Friday."),
    _moment(6, "what is your mail address for press", "Please write to [EMAIL_1] for the press."),
    _moment(7, "how do I descale the kettle", "Fill it with water and citric acid, boil it, wait and rinse it twice."),
    Passage(
        "returns#0", ARTICLE, "Returns\nHow to send something back", "Send it back within 30 days.",
        "returns", "Returns",
        url="https://shop.example/returns",
    ),
]  # fmt: skip


@pytest.fixture(scope="session")
def retriever(tmp_path_factory):
    folder = tmp_path_factory.mktemp("desk")
    encoder = WordEncoder()
    build_index(PASSAGES, encoder, folder / "index", folder / "vectors")
    return Retriever(PassageIndex.open(folder / "index", encoder), encoder)


@pytest.fixture(scope="session")
def tokenizer():
    alphabet = {letter: number for number, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    inner = Tokenizer(models.BPE(vocab=alphabet, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner)
    prepare_tokenizer(tokenizer)
    return tokenizer


@pytest.fixture
def script(tokenizer):
    """A reply model that writes the given text; ``reply_model.script`` is its generator."""

    def make(text, **settings):
        generator = Script(tokenizer, text)
        reply_model = ReplyModel(generator, tokenizer, **{"answer_tokens": 400, **settings})
        reply_model.script = generator
        return reply_model

    return make


@pytest.fixture
def ask():
    """Turns from texts: "c: …" is the customer, "a: …" an agent, "b: …" the bot, "n: …" a note."""
    roles = {"c": Role.CUSTOMER, "a": Role.AGENT, "b": Role.BOT, "n": Role.NOTE}

    def make(*lines):
        return tuple(Turn(roles[line[0]], line[3:]) for line in lines)

    return make
