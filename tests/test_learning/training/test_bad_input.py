"""What a desk or a machine can come with: training works and says so, or a sentence, and what served still serves."""

from __future__ import annotations

import errno
import shutil
from typing import NamedTuple

import pytest
import torch

from chatbot.errors import InputError
from chatbot.learning.training import finish
from chatbot.learning.training.evaluation import HeldOutSet, measure
from chatbot.learning.training.found_evidence import FoundEvidence
from chatbot.learning.training.training_run import train
from data.moments import moments_of
from data.progress import silent
from data.transcripts import Conversation, Role, Turn
from finetune.pretrain.pretrain import new_model, train_tokenizer
from finetune.prompt import END, SPECIAL_TOKENS
from tests.test_learning.training_desk import TALKS, opened, settings_for, talk, tiny_base

pytestmark = pytest.mark.integration


class Usage(NamedTuple):
    """What ``shutil.disk_usage`` returns."""

    total: int
    used: int
    free: int


@pytest.fixture
def base(tmp_path):
    return tiny_base(tmp_path / "base")


@pytest.fixture
async def home(tmp_path, database, monkeypatch):
    return await opened(tmp_path / "desk", database, monkeypatch)


async def test_ten_transcripts_are_refused_with_a_reason(database, tmp_path, monkeypatch, base):
    home = await opened(tmp_path / "desk", database, monkeypatch, TALKS[:10])
    with pytest.raises(InputError, match=r"10 answered questions are too few .* at least 20 and 3 .*understudy import"):
        await train(database, home, settings_for(base))
    assert home.current().model == "old"


async def test_a_language_the_base_never_saw_is_learnt_and_told_of(database, tmp_path, monkeypatch, base):
    told = ("Η παραγγελία σας έρχεται αύριο.", "Στείλτε μας μια φωτογραφία.", "Το κόστος επιστρέφεται.")
    greek = [talk(n, asked=f"Πού είναι το δέμα {n};", told=told[n % 3], language="el") for n in range(60)]
    home = await opened(tmp_path / "desk", database, monkeypatch, greek)
    outcome = await train(database, home, settings_for(base, epochs=6, learning_rate=0.01, max_tokens=192))
    assert outcome["after"]["with_evidence"]["bits_per_byte"] < outcome["before"]["with_evidence"]["bits_per_byte"]
    assert any("'el'" in warning for warning in outcome["warnings"])


async def test_a_conversation_of_200_turns_is_learnt_from(database, tmp_path, monkeypatch, base):
    turns = tuple(
        Turn(Role.AGENT if number % 2 else Role.CUSTOMER, f"Part {number} of a very long story.")
        for number in range(200)
    )
    long = Conversation("long", turns, labels={"created": "2024-06-01"})
    home = await opened(tmp_path / "desk", database, monkeypatch, [*TALKS, long])
    outcome = await train(database, home, settings_for(base))
    assert sum(outcome["answers"].values()) == 160


async def test_a_base_with_a_tokenizer_of_another_make_is_trained(database, home, tmp_path):
    from tokenizers import ByteLevelBPETokenizer
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator([turn.text for each in TALKS for turn in each.turns], vocab_size=300)
    folder = tmp_path / "other"
    PreTrainedTokenizerFast(tokenizer_object=bpe._tokenizer).save_pretrained(folder)
    config = GPT2Config(vocab_size=bpe.get_vocab_size(), n_positions=128, n_embd=32, n_layer=1, n_head=2)
    GPT2LMHeadModel(config).save_pretrained(folder)
    outcome = await train(database, home, settings_for(str(folder), max_tokens=512))
    model, tokenizer, _ = finish.load(home.models / outcome["version"])
    assert model.config.n_positions == 128
    assert model.config.vocab_size == len(tokenizer) == bpe.get_vocab_size() + len(SPECIAL_TOKENS)


async def test_an_empty_reply_is_a_draft_that_fails(tmp_path, monkeypatch):
    moments = tuple(moment for each in TALKS for moment in moments_of(each))[-4:]
    tokenizer = train_tokenizer([turn.text for each in TALKS for turn in each.turns], size=400)
    torch.manual_seed(0)
    mute = new_model(tokenizer, width=32, layers=1, heads=2)
    with torch.no_grad():
        # Whatever stands before it, the hidden state and so the next token is that of the end.
        end = tokenizer.convert_tokens_to_ids(END)
        mute.transformer.ln_f.weight.zero_()
        mute.transformer.ln_f.bias.copy_(mute.transformer.wte.weight[end] * 100)
    evidence = FoundEvidence(_Knowing(), {moment.id: ["one"] for moment in moments})
    figures = measure(mute, tokenizer, "mute", HeldOutSet(moments, evidence, moments, 96), silent)
    assert [draft.text for draft in figures.drafts] == [""] * 4
    assert (figures.passed, figures.looping) == (0, 0)
    assert {check.name for check in figures.drafts[0].failed} == {"nothing to show"}


async def test_a_full_disk_is_told_before_training(database, home, base, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 0))
    with pytest.raises(InputError, match=r"free.* old goes on serving\.$"):
        await train(database, home, settings_for(base))
    assert home.current().model == "old"


@pytest.mark.parametrize(
    "problem", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("I/O error: No space left on device")]
)
async def test_a_disk_that_fills_up_while_saving_leaves_no_half_version(database, home, base, monkeypatch, problem):
    real = finish.save_weights

    def full(model, tokenizer, folder):
        real(model, tokenizer, folder)
        raise problem

    monkeypatch.setattr(finish, "save_weights", full)
    with pytest.raises(InputError, match=r"is full: make room.* old goes on serving\."):
        await train(database, home, settings_for(base))
    assert home.current().model == "old"
    assert [path.name for path in home.models.iterdir()] == [".work"]


async def test_a_loss_that_is_not_a_number_is_told(database, home, base):
    with pytest.raises(InputError, match=r"lower learning rate.* old goes on serving\."):
        await train(database, home, settings_for(base, learning_rate=1e30, batch_size=1, epochs=4))
    assert home.current().model == "old"
    assert not list(home.reports.glob("train-*"))


class _Knowing:
    """A retriever that knows one passage."""

    class live:  # noqa: N801  # as the retriever's attribute is named
        class view:  # noqa: N801
            retired_ids = frozenset()

    def passage(self, name):
        from retrieval.passages import passage_of_moment

        return passage_of_moment(next(moments_of(TALKS[0])))
