"""Stage "speed": tokens a second of our fine-tuning and of a plain transformers loop, in turns, on equal examples.

The plain loop is the one that people write: ``AutoModelForCausalLM`` in fp32, batches in random order padded on the
right, an attention mask, labels of -100 before the answer, AdamW. Both see each example once a round; only real tokens
are counted. Ours is timed with its last checkpoint, which the plain loop does without. Where other work runs on the
machine, the ratio of processor seconds (loading included on both sides) says more than that of the clock.
"""

from __future__ import annotations

import random
import shutil
import time
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoModelForCausalLM

from finetune.library_logs import quiet
from finetune.model.weights import BASE_FOLDER
from finetune.prompt import IGNORED, pad_id
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_desk import Desk
    from voice_models import Models

    from finetune.examples import Example

BATCH = 8
LEARNING_RATE = 5e-4
PEAK = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "A10G": 70e12, "L4": 121e12, "T4": 65e12}
"""Dense bf16 (T4: fp16) operations a second by the makers' data sheets."""


def stage(desk: Desk, models: Models) -> dict[str, Any]:
    """Rounds of both loops in turns; the ratio is of the sums."""
    options = desk.options
    sample = random.Random(options.seed).sample(desk.learnt, min(options.speed_examples, len(desk.learnt)))
    examples = models.examples(sample, evidence=True)
    tokens = sum(len(example.input_ids) for example in examples)
    wall: dict[str, list[float]] = {"ours": [], "plain": []}
    processor: dict[str, list[float]] = {"ours": [], "plain": []}
    for number in range(options.speed_rounds):
        for name, run in (("plain", _plain), ("ours", _ours)):
            started = time.process_time()
            wall[name].append(run(examples, desk, models, number))
            processor[name].append(time.process_time() - started)
    speed = {name: tokens * len(each) / sum(each) for name, each in wall.items()}
    return {
        "timed examples": len(examples),
        "tokens": tokens,
        "threads": torch.get_num_threads(),
        "seconds of each round": wall,
        "processor seconds of each round": processor,
        "tokens a second": speed,
        "ratio": speed["ours"] / speed["plain"],
        "ratio by processor seconds": sum(processor["plain"]) / sum(processor["ours"]),
        "model flops utilisation": _utilisation(speed["ours"], examples, models.base),
    }


def _ours(examples: Sequence[Example], desk: Desk, _: Models, number: int) -> float:
    work = desk.folder / f"speed-{number}.work"
    shutil.rmtree(work, ignore_errors=True)
    settings = TrainSettings(base=desk.options.base, minutes=0, epochs=1, seed=number, tracker="none")
    result = fine_tune(examples, [], settings, work, desk.report)
    shutil.rmtree(work, ignore_errors=True)
    return float(result.fit.seconds)


def _plain(examples: Sequence[Example], _: Desk, models: Models, number: int) -> float:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with quiet():
        place = models.options.base or BASE_FOLDER
        model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
        if len(models.tokenizer) > model.get_input_embeddings().num_embeddings:
            model.resize_token_embeddings(len(models.tokenizer))
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    order = random.Random(number).sample(range(len(examples)), len(examples))
    started = time.perf_counter()
    for start in range(0, len(order), BATCH):
        rows = [examples[place] for place in order[start : start + BATCH]]
        batch = _padded(rows, pad_id(models.tokenizer), device)
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _padded(rows: Sequence[Example], padding: int, device: str) -> dict[str, torch.Tensor]:
    ids = [torch.tensor(row.input_ids) for row in rows]
    labels = [torch.tensor(row.labels) for row in rows]
    batch = {
        "input_ids": pad_sequence(ids, batch_first=True, padding_value=padding),
        "labels": pad_sequence(labels, batch_first=True, padding_value=IGNORED),
        "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
    }
    return {name: tensor.to(device) for name, tensor in batch.items()}


def _utilisation(speed: float, examples: Sequence[Example], model: Any) -> float | None:
    """The share of the device's peak that goes into the model's own arithmetic; None without a GPU that we know.

    Chowdhery et al. 2022 (PaLM, appendix B): 6 operations a weight and 12 x layers x width x length for attention, a
    token; the output layer only for tokens that carry a label.
    """
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    peak = next((value for key, value in PEAK.items() if key in name), None)
    if peak is None:
        return None
    config = model.config
    tokens = sum(len(row.input_ids) for row in examples)
    labelled = sum(label != IGNORED for row in examples for label in row.labels) / tokens
    blocks = sum(weight.numel() for weight in model.transformer.h.parameters())
    attention = 12 * config.n_layer * config.n_embd * sum(len(row.input_ids) ** 2 for row in examples) / tokens
    return speed * (6 * (blocks + labelled * config.vocab_size * config.n_embd) + attention) / peak
