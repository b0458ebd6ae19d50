"""Fine-tuning a tiny GPT-2: it learns, goes on after a kill, and says what is wrong with a base."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from finetune.compress.sparse import matrices
from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.model.checkpoint import save_weights
from finetune.model.checksums import last_whole_checkpoint
from finetune.model.loading import load_base, load_tokenizer
from finetune.prompt import SPECIAL_TOKENS
from finetune.train.fine_tune import fine_tune, fingerprint
from finetune.training_settings import TrainSettings
from tests.test_finetune.conftest import killed_after_a_checkpoint

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    return TrainSettings(
        base=str(tiny_folder),
        minutes=0,
        max_steps=12,
        epochs=20,
        learning_rate=1e-2,
        batch_size=8,
        accumulation=1,
        evaluations=3,
        save_minutes=0.0,
        bf16=False,
        tracker="none",
    )


def test_a_pruned_base_is_trained_on_and_goes_on_after_an_interruption(settings, examples, tmp_path) -> None:
    chosen = replace(settings, prune=0.5, prune_layers=1, sparse=0.3)
    work = tmp_path / "work"
    fine_tune(examples[:40], [], replace(chosen, max_steps=4), work)
    for left in work.glob("*.safetensors"):
        left.unlink()
    (work / "run.json").write_text(json.dumps({"fingerprint": fingerprint(examples[:40], chosen)}))
    result = fine_tune(examples[:40], examples[40:], chosen, work)
    assert result.fit.resumed_from == 4
    assert (result.model.config.n_layer, result.model.config.n_inner) == (1, 64)
    assert result.parameters == sum(weight.numel() for weight in result.model.parameters())
    for weight in matrices(result.model):
        assert int((weight == 0).sum()) == int(weight.numel() * 0.3)
    assert result.fit.heldout_loss < 6


def test_the_unpruned_base_teaches_what_is_left_of_it(settings, examples, tmp_path) -> None:
    chosen = replace(settings, prune=0.9, learning_rate=1e-9, max_steps=1, teaching=1.0)
    alone = fine_tune(examples[:8], [], chosen, tmp_path / "alone")
    taught = fine_tune(examples[:8], [], replace(chosen, learn_from_unpruned=True), tmp_path / "taught")
    assert taught.fit.train_loss != alone.fit.train_loss
    itself = fine_tune(examples[:8], [], replace(chosen, prune=0.0, teachers=(settings.base,)), tmp_path / "itself")
    assert itself.fit.train_loss == pytest.approx(0, abs=1e-4)  # who is whole is as its teacher already
    assert taught.fit.train_loss > 1e-4


class InterruptedRunError(Exception):
    pass


@pytest.mark.parametrize(("method", "share"), [("full", 0.9), ("lora", 0.96)])
def test_a_few_steps_lower_the_loss(settings, examples, tmp_path, method, share) -> None:
    model, tokenizer = load_base(settings.base)
    before = perplexity(model, tokenizer, examples[40:])
    steps = []
    result = fine_tune(
        examples[:40],
        examples[40:],
        replace(settings, method=method),
        tmp_path / "work",
        report=lambda step, done, total: steps.append((step, done, total)),
    )
    after = perplexity(result.model, result.tokenizer, examples[40:])
    assert after.nll < share * before.nll
    assert type(result.model).__name__ == "GPT2LMHeadModel"
    assert result.fit.steps == 12
    assert result.fit.heldout_loss == pytest.approx(after.nll / after.tokens, rel=0.02)
    assert steps[-1] == ("train", 12, 12)
    assert (result.trained_parameters < result.parameters) == (method == "lora")
    assert json.dumps(result.figures())
    log = [json.loads(line) for line in (tmp_path / "work/loss.jsonl").read_text().splitlines()]
    assert log == result.curve
    assert any("eval_loss" in row for row in log)


def test_goes_on_after_an_interruption(settings, examples, tmp_path) -> None:
    def stop_at_seven(step: str, done: int, total: int | None) -> None:
        if done == 7:
            raise InterruptedRunError

    with pytest.raises(InterruptedRunError):
        fine_tune(examples, [], settings, tmp_path, report=stop_at_seven)
    result = fine_tune(examples, [], settings, tmp_path)
    assert result.fit.resumed_from == 6
    assert result.fit.steps == 12
    whole = fine_tune(examples, [], settings, tmp_path / "whole")
    first, second = result.model.state_dict(), whole.model.state_dict()
    assert all(torch.allclose(first[name], second[name], atol=1e-4) for name in first)


@pytest.mark.integration
def test_goes_on_after_a_kill(settings, examples, tmp_path) -> None:
    endless = replace(settings, max_steps=100_000, epochs=100_000)
    killed_after_a_checkpoint(examples, endless, tmp_path / "work", tmp_path)
    goes_on = replace(endless, minutes=0.05)
    result = fine_tune(examples, [], goes_on, tmp_path / "work")
    assert 1 <= result.fit.resumed_from <= result.fit.steps
    steps = [row["step"] for row in result.curve]
    assert steps == sorted(set(steps))


def test_the_seed_decides(settings, examples, tmp_path) -> None:
    first, same, other = (
        fine_tune(examples, [], replace(settings, seed=seed, max_steps=4), tmp_path / name).model.state_dict()
        for name, seed in (("first", 3), ("same", 3), ("other", 4))
    )
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_gradient_checkpointing_learns_the_same(settings, examples, tmp_path, method) -> None:
    chosen = replace(settings, method=method, max_steps=4)
    plainly, sparing = (
        fine_tune(examples, [], replace(chosen, gradient_checkpointing=on), tmp_path / str(on)).model.state_dict()
        for on in (False, True)
    )
    assert all(torch.allclose(plainly[name], sparing[name], atol=1e-5) for name in plainly)


def test_half_precision_and_accumulation_learn_about_the_same(settings, examples, tmp_path) -> None:
    model, tokenizer = load_base(settings.base)
    before = perplexity(model, tokenizer, examples[40:]).nll
    for name, chosen in (("bf16", {"bf16": True}), ("accumulated", {"batch_size": 4, "accumulation": 2})):
        result = fine_tune(examples[:40], [], replace(settings, **chosen), tmp_path / name)
        assert perplexity(result.model, tokenizer, examples[40:]).nll < 0.9 * before


@pytest.mark.parametrize("count", [1, 3])
def test_fewer_examples_than_a_batch(settings, examples, tmp_path, count) -> None:
    chosen = replace(settings, max_steps=None, epochs=2, accumulation=4)
    result = fine_tune(examples[:count], examples[40:41], chosen, tmp_path)
    assert result.fit.steps == 2
    assert result.fit.heldout_loss is not None


def test_a_finished_run_is_not_trained_again(settings, examples, tmp_path) -> None:
    first = fine_tune(examples, [], settings, tmp_path)
    again = fine_tune(examples, [], settings, tmp_path, report=lambda *_: pytest.fail("trained again"))
    assert again.fit.resumed_from == 12
    same, other = first.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(same[name], other[name]) for name in same)


def test_a_spoilt_last_checkpoint_is_skipped(settings, examples, tmp_path) -> None:
    fine_tune(examples, [], replace(settings, max_steps=5), tmp_path)
    last = last_whole_checkpoint(tmp_path)
    assert last is not None
    assert last.name == "checkpoint-5"
    weights = last / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    found = last_whole_checkpoint(tmp_path)
    assert found is not None
    assert found.name == "checkpoint-4"
    assert not last.exists()
    (found / "seal.json").unlink()
    assert last_whole_checkpoint(tmp_path) is None


def test_other_data_starts_anew(settings, examples, tmp_path) -> None:
    fine_tune(examples, [], replace(settings, max_steps=3), tmp_path)
    assert fine_tune(examples[:30], [], replace(settings, max_steps=3), tmp_path).fit.resumed_from == 0


def test_stops_early_and_keeps_the_best(settings, examples, tmp_path) -> None:
    spoilt = replace(settings, learning_rate=3.0, max_steps=60, evaluations=30, patience=2)
    result = fine_tune(examples[:40], examples[40:], spoilt, tmp_path)
    assert result.fit.stopped_early
    assert result.fit.steps < 60
    after = perplexity(result.model, result.tokenizer, examples[40:])
    assert result.fit.heldout_loss == pytest.approx(after.nll / after.tokens, rel=0.02)


def test_time_ends_it(settings, examples, tmp_path) -> None:
    result = fine_tune(examples, [], replace(settings, minutes=0.001, max_steps=None, epochs=1000), tmp_path)
    assert result.fit.steps < 50


def test_any_gpt2_is_taken_special_tokens_added(tmp_path, examples) -> None:
    """A GPT-2 with a tokenizer of its own, as it comes from a hub."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bare.train_from_iterator([], trainers.BpeTrainer(initial_alphabet=alphabet, special_tokens=["<|endoftext|>"]))
    theirs = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<|endoftext|>", unk_token="<|endoftext|>")
    sizes = {"n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 128, "bos_token_id": 0, "eos_token_id": 0}
    GPT2LMHeadModel(GPT2Config(vocab_size=len(theirs), **sizes)).save_pretrained(tmp_path / "hub")
    theirs.save_pretrained(tmp_path / "hub")
    from finetune.examples import example_of
    from tests.test_finetune.conftest import moment

    tokenizer = load_tokenizer(tmp_path / "hub")
    assert len(tokenizer) == len(theirs) + len(SPECIAL_TOKENS)
    own = [example_of(moment(number), [], tokenizer, max_tokens=120) for number in range(16)]
    for method in ("full", "lora"):
        chosen = TrainSettings(base=str(tmp_path / "hub"), method=method, minutes=0, max_steps=2, bf16=False)
        result = fine_tune(own, [], chosen, tmp_path / method)
        assert result.model.config.vocab_size == len(tokenizer)
    with pytest.raises(TrainingError, match="128"):
        fine_tune(
            [example_of(replace(moment(), answer="long " * 400), [], tokenizer, max_tokens=512)],
            [],
            chosen,
            tmp_path / "long",
        )


def test_unusable_bases_are_told(tmp_path, tiny_folder, settings, examples) -> None:
    with pytest.raises(TrainingError, match="no folder"):
        load_base(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="no model at"):
        load_base(tmp_path / "empty")
    config = json.loads((tiny_folder / "config.json").read_text())
    (tiny_folder / "config.json").write_text(json.dumps({**config, "model_type": "bert"}))
    with pytest.raises(TrainingError, match="bert"):
        load_base(tiny_folder)
    (tiny_folder / "config.json").write_text(json.dumps(config))
    (tiny_folder / "model.safetensors").unlink()
    with pytest.raises(TrainingError, match="safetensors"):
        load_base(tiny_folder)
    with pytest.raises(TrainingError, match="unknown method"):
        fine_tune(examples, [], replace(settings, method="bitfit"), tmp_path / "work")
    with pytest.raises(TrainingError, match="nothing to train on"):
        fine_tune([], [], settings, tmp_path / "work")


def test_a_tokenizer_of_another_model_is_told(tmp_path, tiny, tokenizer, settings, examples) -> None:
    from finetune.pretrain.pretrain import new_model, train_tokenizer

    rng = random.Random(0)
    larger = train_tokenizer(["".join(rng.choices("abcdefghij", k=6)) for _ in range(4000)], size=2000)
    for number, (model, with_it) in enumerate(
        ((tiny, larger), (new_model(larger, width=32, layers=1, heads=1), tokenizer))
    ):
        folder = tmp_path / str(number)
        save_weights(model, with_it, folder)
        with pytest.raises(TrainingError, match="do not belong together"):
            load_base(folder)
    foreign = replace(examples[0], input_ids=(*examples[0].input_ids[:-1], 5000))
    with pytest.raises(TrainingError, match="tokenizer of the base"):
        fine_tune([foreign], [], settings, tmp_path / "work")


def test_exploding_loss_is_told_before_it_is_kept(settings, examples, tmp_path) -> None:
    chosen = replace(settings, learning_rate=1e30, max_steps=40)
    with pytest.raises(TrainingError, match="not a number"):
        fine_tune(examples, [], chosen, tmp_path)
    kept = last_whole_checkpoint(tmp_path)
    if kept is not None:
        assert all(weight.isfinite().all() for weight in load_file(kept / "model.safetensors").values())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"processes": 0}, "process"),
        ({"fsdp": True}, "process"),
        ({"prune": 1.0}, "below 1"),
        ({"prune_layers": -1}, "0 or more"),
        ({"prune_layers": 2}, "at most 1"),
        ({"sparse": 0.5, "method": "lora"}, "with full"),
        ({"learn_from_unpruned": True}, "set prune"),
    ],
)
def test_settings_that_do_not_go_together_are_told(settings, examples, tmp_path, wrong, words) -> None:
    with pytest.raises(TrainingError, match=words):
        fine_tune(examples, [], replace(settings, **wrong), tmp_path)
