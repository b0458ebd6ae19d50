"""A prefix: trained by PEFT, served as plain keys and values, and both say the same of an answer."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from chatbot.engine.client import inline
from chatbot.engine.protocol import Generate, PromptTooLongError, Sampling
from chatbot.engine.runners.numpy_runner import NumpyRunner
from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.model.checkpoint import load, save_weights, verify, write_manifest
from finetune.model.loading import load_base
from finetune.model.prefix import prefix_tokens, prefixed, starting_cache
from finetune.model.weights import PREFIX_FILE, Weights
from finetune.train.fine_tune import fine_tune
from finetune.train.methods import ordinary
from finetune.training_settings import TrainSettings

torch.set_num_threads(1)


@pytest.fixture
def trained(tiny):
    """A model under PEFT whose prefix says something; and what is served of it."""
    adapted = prefixed(tiny, 5, [7, 8, 9])
    with torch.no_grad():
        adapted.prompt_encoder["default"].embedding.weight.normal_(std=0.7)
    return adapted.eval(), ordinary(adapted, "prefix")


def likelihood(adapted, example) -> float:
    """As training sees it."""
    batch = {"input_ids": torch.tensor([example.input_ids]), "labels": torch.tensor([example.labels])}
    with torch.no_grad():
        return -float(adapted(**batch, num_items_in_batch=1).loss)


def test_training_and_serving_agree(trained, examples) -> None:
    adapted, served = trained
    generator = inline(NumpyRunner(Weights.of(served)))
    for example in examples[:4]:
        prompt, answer = example.input_ids[: example.answer_start], example.input_ids[example.answer_start :]
        other = examples[7].input_ids[examples[7].answer_start :]
        scores = generator.score(prompt, [answer, other, answer[:1]])
        assert scores[0] == pytest.approx(likelihood(adapted, example), abs=1e-4)
    bare = inline(NumpyRunner(Weights.of(ordinary(adapted.get_base_model(), "full"))))
    assert abs(bare.score(prompt, [answer])[0] - scores[0]) > 1e-2


def test_perplexity_honours_it(trained, tokenizer, examples) -> None:
    adapted, served = trained
    found = perplexity(served, tokenizer, examples[:5], batch_size=2)
    expected = -sum(likelihood(adapted, example) for example in examples[:5])
    assert found.nll == pytest.approx(expected, rel=1e-5)


def test_it_takes_room_from_the_context(trained) -> None:
    generator = inline(NumpyRunner(Weights.of(trained[1])))
    assert generator.context_tokens == 1024 - 5
    with pytest.raises(PromptTooLongError):
        generator.score([7] * 1019, [[8]])
    assert len(list(generator.generate(Generate([7] * 1015, Sampling(max_tokens=50))))) == 4


def test_starting_cache_is_empty_without_one(tiny, trained) -> None:
    assert starting_cache(tiny).get_seq_length() == 0
    assert prefix_tokens(tiny) == 0
    cache = starting_cache(trained[1], 3)
    assert cache.get_seq_length() == 5
    assert cache.layers[1].keys.shape == (3, 2, 5, 16)


def test_a_version_keeps_it_and_tells_damage(trained, tokenizer, examples, tmp_path) -> None:
    served = trained[1]
    folder = tmp_path / "version"

    def save(model):
        save_weights(model, tokenizer, folder)
        write_manifest(folder, created="2026-01-02", base="ours", method="prefix", settings={}, figures={})

    save(served)
    assert PREFIX_FILE in verify(folder).files
    again = load(folder)[0]
    assert torch.equal(again.desk_prefix, served.desk_prefix)
    found, expected = (perplexity(model, tokenizer, examples[:3]).nll for model in (again, served))
    assert found == pytest.approx(expected, rel=1e-2)
    with pytest.raises(TrainingError, match="name the base it was trained from"):
        load_base(folder)
    (folder / PREFIX_FILE).write_bytes(b"spoilt")
    with pytest.raises(RuntimeError, match="damaged"):
        load(folder)
    served.desk_prefix = None
    save(served)
    assert not (folder / PREFIX_FILE).exists()
    assert load(folder)[0].desk_prefix is None


def test_it_starts_as_real_activations(tiny, examples) -> None:
    """Right after the start the model behaves as if it had read the opening."""
    opening = list(examples[0].input_ids[:4])
    served = ordinary(prefixed(tiny, 4, opening), "prefix")
    rest = list(examples[0].input_ids[4:])
    with torch.no_grad():
        whole = served(torch.tensor([opening + rest])).logits[0, 4:]
        positions = torch.arange(4, 4 + len(rest)).unsqueeze(0)
        parted = served(torch.tensor([rest]), cache=starting_cache(served), position_ids=positions).logits[0]
    assert torch.allclose(whole, parted, atol=1e-4)


@pytest.mark.parametrize("bf16", [False, True])
def test_only_the_prefix_learns(tiny_folder, examples, tmp_path, bf16) -> None:
    settings = TrainSettings(
        base=str(tiny_folder), method="prefix", minutes=0, max_steps=12, prefix_tokens=4, bf16=bf16, tracker="none"
    )
    base = load_base(tiny_folder)[0]
    result = fine_tune(examples[:40], examples[40:], replace(settings, learning_rate=0.1), tmp_path / "work")
    assert result.trained_parameters == 4 * 2 * 2 * 32
    assert all(
        torch.equal(weight, result.model.state_dict()[name])
        for name, weight in ordinary(base, "full").state_dict().items()
    )
    after = perplexity(result.model, result.tokenizer, examples[40:])
    without = perplexity(ordinary(base, "full"), result.tokenizer, examples[40:])
    assert after.nll < without.nll - 1
    assert result.fit.heldout_loss == pytest.approx(after.nll / after.tokens, rel=0.02 if bf16 else 1e-4)
    assert math.isfinite(result.fit.train_loss)
    again = fine_tune(examples[:40], examples[40:], replace(settings, learning_rate=0.1), tmp_path / "work")
    assert again.fit.resumed_from == 12
    assert torch.allclose(again.model.desk_prefix, result.model.desk_prefix)


def test_examples_must_leave_room_for_it(tiny_folder, examples, tmp_path) -> None:
    settings = TrainSettings(base=str(tiny_folder), method="prefix", prefix_tokens=1010, tracker="none")
    with pytest.raises(TrainingError, match="the prefix takes 1010 of them: make examples of at most 14 tokens"):
        fine_tune(examples, [], settings, tmp_path)
    for wrong in ({"gradient_checkpointing": True}, {"prefix_tokens": 0}, {"fsdp": True, "processes": 2}):
        with pytest.raises(TrainingError, match="prefix"):
            fine_tune(examples, [], replace(settings, **{"prefix_tokens": 4, **wrong}), tmp_path)
