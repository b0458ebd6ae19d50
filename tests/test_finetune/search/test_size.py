"""The size of a base searched on tiny data: what is tried is what is found, and a stopped trial goes on."""

from __future__ import annotations

import pytest
import torch

from finetune.search import size
from finetune.search.size import SIZE, search_size
from finetune.search.study import DONE

pytestmark = pytest.mark.integration
torch.set_num_threads(1)


@pytest.fixture
def tiny_sizes(monkeypatch, tokenizer, examples):
    """Trials of a moment, on examples that are there already."""
    monkeypatch.setattr(size, "HEAD", 16)
    monkeypatch.setattr(size, "WIDTHS", (16, 32))
    monkeypatch.setattr(size, "LAYERS", (1, 2))
    monkeypatch.setattr(size, "CONTEXTS", (48, 64))
    monkeypatch.setattr(size, "_FIRST", {"layers": 2, "width": 32, "context": 64, "learning_rate": 1.0})
    monkeypatch.setattr(size, "prepare", lambda *_, **__: (tokenizer, examples[:40], examples[40:]))
    real = size.base_settings
    monkeypatch.setattr(size, "base_settings", lambda **chosen: real(**chosen, max_steps=3, bf16=False))


@pytest.mark.usefixtures("tiny_sizes")
def test_sizes_are_tried_and_the_best_can_be_made(tokenizer, tmp_path):
    found = search_size(tmp_path, tmp_path / "work", trials=3, minutes=0.5, enough=lambda: False)
    assert [each.outcome for each in found.trials] == [DONE] * 3
    first = found.first.settings
    assert {name: first[name] for name in SIZE} == {"layers": 2, "width": 32, "heads": 2, "context": 64}
    model = size.new_model(tokenizer, **{name: found.best.settings[name] for name in SIZE})
    assert model.config.n_layer == found.best.settings["layers"]


@pytest.mark.usefixtures("tiny_sizes")
def test_a_stopped_search_goes_on(tmp_path):
    def stop(step, done, total):
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_size(tmp_path, tmp_path / "work", trials=3, minutes=0.5, enough=lambda: False, report=stop)
    found = search_size(tmp_path, tmp_path / "work", trials=3, minutes=0.5, enough=lambda: False)
    assert len(found.trials) == 3
