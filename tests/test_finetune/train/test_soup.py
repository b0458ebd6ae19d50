"""Several models made into one: each is trained once, the average is not worse, and the student learns from all."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finetune.errors import TrainingError
from finetune.evaluate.perplexity import perplexity
from finetune.model.loading import load_base
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def settings(tiny_folder) -> TrainSettings:
    chosen = {"max_steps": 3, "epochs": 20, "learning_rate": 1e-2, "evaluations": 1, "save_minutes": 9.0, "soup": 2}
    return TrainSettings(base=str(tiny_folder), minutes=0, batch_size=8, bf16=False, tracker="none", **chosen)


def test_the_soup_is_no_worse_than_its_best(settings, examples, tmp_path) -> None:
    trained = []
    result = fine_tune(examples[:40], examples[40:], settings, tmp_path, report=lambda step, *_: trained.append(step))
    assert {*trained} == {"train, model 0", "train, model 1"}
    losses, loss = result.soup["losses"], result.soup["loss"]
    assert losses[0] != losses[1]
    assert loss <= min(losses)
    found = perplexity(result.model, result.tokenizer, examples[40:])
    assert found.nll / found.tokens == pytest.approx(loss, rel=1e-3)
    assert result.fit.steps == 6
    assert result.figures()["soup"]["averaged"] in (1, 2)


def test_without_held_out_answers_all_are_averaged(settings, examples, tmp_path) -> None:
    result = fine_tune(examples, [], settings, tmp_path)
    assert result.soup["averaged"] == 2
    members = [load_base(tmp_path / f"member-{number}")[0].state_dict() for number in (0, 1)]
    for name, weight in result.model.state_dict().items():
        assert torch.allclose(weight, (members[0][name] + members[1][name]) / 2, atol=1e-6)
    assert not list(tmp_path.glob("member-*/run"))


def test_a_member_that_is_done_is_not_trained_again(settings, examples, tmp_path) -> None:
    def stop_in_the_second(step: str, done: int, total: int | None) -> None:
        if step.endswith("1"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fine_tune(examples, [], settings, tmp_path, report=stop_in_the_second)
    trained = set()
    fine_tune(examples, [], settings, tmp_path, report=lambda step, *_: trained.add(step))
    assert trained == {"train, model 1"}
    trained.clear()
    fine_tune(examples[:30], [], settings, tmp_path, report=lambda step, *_: trained.add(step))
    assert trained == {"train, model 0", "train, model 1"}  # other data: all anew


def test_the_student_comes_nearer_to_all_of_them(settings, examples, tmp_path) -> None:
    result = fine_tune(examples[:40], examples[40:], replace(settings, distil=True, teaching=1.0), tmp_path)
    assert result.soup["distilled"] is not None
    assert result.fit.heldout_loss == min(result.soup["loss"], result.soup["distilled"])
    assert result.fit.steps == 9


def test_a_teacher_of_another_vocabulary_is_told(settings, examples, tmp_path) -> None:
    from finetune.model.checkpoint import save_weights
    from finetune.pretrain.pretrain import new_model, train_tokenizer

    other = train_tokenizer(["a few words of another desk"], size=300)
    save_weights(new_model(other, width=16, layers=1, heads=1), other, tmp_path / "other")
    with pytest.raises(TrainingError, match="shall teach"):
        fine_tune(examples, [], replace(settings, soup=1, teachers=(str(tmp_path / "other"),)), tmp_path / "work")
