"""What it takes to train a base from random weights: each trick of it left out or put in, at equal tokens and seconds.

    python benchmarks/base_bench.py --work DIR [--steps 120] [--only "as it is,AdamW"] [--threads 1]

All variants see the same examples of the base's own sets in batches of about as many tokens, and are measured on the
same held-out ones: nats a token at so many tokens, and the processor seconds and tokens after which a variant is as
good as "AdamW" is at its end. Rows are kept in ``--work``, in base.jsonl; a kill loses one. A table, then one JSON
line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import patch

import numpy as np
import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from voice_rows import Rows

from finetune.loop import length_batches, trainer
from finetune.loop.callback import LOSS_LOG
from finetune.loop.time_budget import learning_rate_factor
from finetune.model.weights import BASE_FOLDER
from finetune.pretrain import base_fit
from finetune.pretrain.base_fit import base_settings, fit_base
from finetune.pretrain.pretrain import new_model, prepare
from retrieval.encoder.encoder import bundled_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finetune.model.answer_model import AnswerGPT2

PLAIN = "AdamW"
_SHORTEST, _LONG_FROM = 96, 0.5
"""Tokens of an example at first, and the share of the run from which it is as long as it is."""


class Counted(base_fit.BaseSet):
    """Counts the tokens that are really learnt from."""

    seen: ClassVar[list[int]] = []

    def __getitem__(self, place: int) -> dict[str, Any]:
        """The example, counted."""
        example = self.example(place)
        self.seen.append(len(example["input_ids"]))
        return example

    def example(self, place: int) -> dict[str, Any]:
        """The example as the base's training has it."""
        return super().__getitem__(place)


class ShortFirst(Counted):
    """Dialogues grow from their last turns to whole threads (by length; Li et al. 2022, arXiv:2108.06084)."""

    def example(self, place: int) -> dict[str, Any]:
        """The example, cut to what the run has come to."""
        whole = super().example(place)
        grown = min(1.0, self._budget.share / _LONG_FROM)
        most = int(_SHORTEST + grown * (self._context - _SHORTEST))
        return {name: list(values)[-most:] for name, values in whole.items()}


def encoder_words(model: AnswerGPT2, tokenizer: Any) -> None:
    """Token embeddings begin as what the encoder makes of a token's letters: the mean of its word pieces, scaled."""
    folder = bundled_folder()
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with safe_open(folder / "model.safetensors", "pt") as file:
        words = file.get_tensor("embeddings.word_embeddings.weight").float()
    ours = model.transformer.wte.weight
    if words.shape[1] != ours.shape[1]:
        raise SystemExit(f"The encoder's words have {words.shape[1]} numbers, the base's tokens {ours.shape[1]}.")
    words = (words - words.mean(0)) / words.std() * ours.std()
    with torch.no_grad():
        for token in range(len(tokenizer)):
            text = tokenizer.decode([token]).strip()
            ids = pieces.encode(text, add_special_tokens=False).ids if text and text.isalpha() else []
            if ids:
                ours[token] = words[ids].mean(0)


def any_length(places: Sequence[int], lengths: Sequence[int], count: int) -> list[list[int]]:
    """Batches of as many examples each, in the order they come."""
    del lengths
    return [part.tolist() for part in np.array_split(np.asarray(places), count)]


VARIANTS: dict[str, dict[str, Any]] = {
    "as it is": {},
    PLAIN: {"settings": {"optimizer": "adamw"}},
    "embeddings of the encoder": {"begin": encoder_words},
    "short dialogues first": {"patches": [(base_fit, "BaseSet", ShortFirst)]},
    "batches of any length": {"patches": [(length_batches, "even_batches", any_length)]},
    "rate falls from the start": {
        "patches": [(trainer, "learning_rate_factor", partial(learning_rate_factor, cooldown=1.0))]
    },
}
"""By name: settings other than the base's, what is done to its random weights, and what stands in for a part."""


def main() -> None:
    """Train each and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--work", type=Path, required=True, help="keeps examples and rows between runs")
    options.add_argument("--datasets", type=Path, default=Path(os.environ.get("UNDERSTUDY_DATASETS", "")))
    options.add_argument("--only", default="", help="which variants, with commas; default: all")
    options.add_argument("--steps", type=int, default=120)
    options.add_argument("--examples", type=int, default=4000)
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args()
    torch.set_num_threads(chosen.threads)
    tokenizer, train, heldout = prepare(
        chosen.datasets, chosen.work, count=chosen.examples, seed=0, tokenizer_of=BASE_FOLDER
    )
    rows = Rows(chosen.work / "base.jsonl")
    found: dict[str, list[dict[str, Any]]] = {}
    for name in chosen.only.split(",") if chosen.only else VARIANTS:
        for seed in range(chosen.seeds):
            key = f"{name}, {chosen.steps} steps, seed {seed}"
            run = partial(_row, VARIANTS[name], tokenizer, train, heldout, chosen, chosen.work / key, seed)
            found.setdefault(name, []).append(rows.get(key, run))
    print(json.dumps({"benchmark": "base", "steps": chosen.steps, "examples": len(train), "variants": _table(found)}))


def _row(
    variant: dict[str, Any],
    tokenizer: Any,
    train: Sequence[Any],
    heldout: Sequence[Any],
    chosen: argparse.Namespace,
    work: Path,
    seed: int,
) -> dict[str, Any]:
    """One training: its curve of tokens, held-out loss and processor seconds."""
    shutil.rmtree(work, ignore_errors=True)  # what a killed run had learnt from was not counted here
    torch.manual_seed(seed)
    model = new_model(tokenizer)
    if begin := variant.get("begin"):
        begin(model, tokenizer)
    chosen_here = {"max_steps": chosen.steps, "seed": seed, "warmup_steps": 20, **variant.get("settings", {})}
    Counted.seen.clear()
    began, clock = time.process_time(), time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(patch.object(base_fit, "BaseSet", Counted))
        for place, name, instead in variant.get("patches", ()):
            stack.enter_context(patch.object(place, name, instead))
        fit_base(model, tokenizer, train, heldout, base_settings(**chosen_here), work)
    share = (time.process_time() - began) / (time.monotonic() - clock)
    logged = [json.loads(line) for line in (work / LOSS_LOG).read_text().splitlines()]
    tokens = np.cumsum(Counted.seen)
    curve = [
        {
            "tokens": int(tokens[round(len(tokens) * row["step"] / chosen.steps) - 1]),
            "loss": row["eval_loss"],
            "seconds": row["seconds"] * share,
        }
        for row in logged
        if "eval_loss" in row
    ]
    return {"curve": curve}


def _table(found: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Prints one line a variant, by the mean of its seeds; gives the same as JSON."""
    shared = min(run["curve"][-1]["tokens"] for runs in found.values() for run in runs)
    goal = np.mean([run["curve"][-1]["loss"] for run in found[PLAIN]]) if PLAIN in found else None
    heads = (f"nats at {shared:.0f}", "nats at the end", "tokens", "CPU s", f"CPU s to {PLAIN}", f"tokens to {PLAIN}")
    print(f"{'':28s}" + "".join(f"{head:>18s}" for head in heads))
    told: dict[str, Any] = {}
    for name, runs in found.items():
        ends = [run["curve"][-1] for run in runs]
        told[name] = {
            "at": float(np.mean([_at(run["curve"], shared) for run in runs])),
            **{key: float(np.mean([end[key] for end in ends])) for key in ("loss", "tokens", "seconds")},
            "until": None if goal is None else _until([run["curve"] for run in runs], float(goal)),
            "curves": [run["curve"] for run in runs],
        }
        row = told[name]
        until = ["-", "-"] if row["until"] is None else [f"{value:.0f}" for value in row["until"]]
        cells = [f"{row['at']:.3f}", f"{row['loss']:.3f}", f"{row['tokens']:.0f}", f"{row['seconds']:.0f}", *until]
        print(f"{name:28s}" + "".join(f"{cell:>18s}" for cell in cells))
    return told


def _at(curve: Sequence[dict[str, float]], tokens: float) -> float:
    """The loss of a curve at so many tokens, between its points in a line."""
    return float(np.interp(tokens, [row["tokens"] for row in curve], [row["loss"] for row in curve]))


def _until(curves: Sequence[Sequence[dict[str, float]]], loss: float) -> list[float] | None:
    """The seconds and tokens after which curves are as low, on the mean; None where one never is."""
    found = []
    for curve in curves:
        falls = next((pair for pair in pairwise(curve) if pair[1]["loss"] <= loss), None)
        if falls is None:
            return None
        before, after = falls
        part = min(1.0, max(0.0, (before["loss"] - loss) / max(before["loss"] - after["loss"], 1e-9)))
        found.append([before[key] + part * (after[key] - before[key]) for key in ("seconds", "tokens")])
    return [float(value) for value in np.mean(found, axis=0)]


if __name__ == "__main__":
    main()
