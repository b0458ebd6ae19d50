"""The small GPT-2 that ships: tokenizer and weights from scratch, on public support dialogues, by a time budget.

    python -m finetune.pretrain.pretrain --datasets DIR --work DIR --minutes N --out finetune/base_model

The same command goes on after an interruption. It is trained in the very layout it serves in (prompt.py). Three things
make the most of few CPU hours, each at no cost in what the model is:

1. loss on every agent token and on a random part of the others (half at first, a tenth at the end): the rest of the
   text teaches the language, but the output layer is the most expensive part of so small a model;
2. most sequences are short, a few are long, and a quarter are moved to a random offset, so that late positions are
   trained too (shifted absolute positions, Kiyono et al. 2021, arXiv:2109.05644);
3. sequences of like length share a batch.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from data.progress import Report, silent
from data.transcripts import Conversation
from finetune.errors import TrainingError
from finetune.examples import Example, example_of, packed, unpacked, whole_examples
from finetune.library_logs import quiet
from finetune.model.answer_model import AnswerGPT2
from finetune.model.checkpoint import save_weights, write_manifest
from finetune.model.loading import load_base, load_tokenizer
from finetune.model.weights import BASE_FOLDER
from finetune.pretrain.base_fit import CONTEXT_TOKENS, LEARNING_RATE, LOOP, base_settings, fit_base
from finetune.pretrain.datasets import SOURCES, Sampler, hash_share
from finetune.pretrain.growth import Circuit, grown
from finetune.prompt import DESK, END, PAD, SPECIAL_TOKENS
from finetune.training_settings import OPTIMIZERS, Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


VOCABULARY = 8192
_HELD_OUT = 0.01


def train_tokenizer(texts: Iterable[str], *, size: int = VOCABULARY) -> Any:
    """A byte-level BPE that loses no text in any language; digits stand alone, so that numbers are copied by digits."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        eos_token=END,
        pad_token=PAD,
        model_max_length=CONTEXT_TOKENS,
        clean_up_tokenization_spaces=False,
    )


def new_model(
    tokenizer: Any, *, width: int = 384, layers: int = 6, heads: int = 6, context: int = CONTEXT_TOKENS
) -> AnswerGPT2:
    """A GPT-2 with random weights for this tokenizer; the default size has 14.2 million parameters."""
    from transformers import GPT2Config

    return AnswerGPT2(
        GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=context,
            n_embd=width,
            n_layer=layers,
            n_head=heads,
            activation_function="gelu_pytorch_tanh",  # GPT-2's gelu_new in one kernel instead of eight
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=tokenizer.convert_tokens_to_ids(DESK),
            eos_token_id=tokenizer.convert_tokens_to_ids(END),
            pad_token_id=tokenizer.convert_tokens_to_ids(PAD),
        )
    )


def prepare(
    datasets: Path, work: Path, *, count: int, seed: int, tokenizer_of: Path | None = None
) -> tuple[Any, list[Example], list[Example]]:
    """Tokenizer (a new one, or that of a base), training and held-out examples; made once and kept in ``work``."""
    from transformers import PreTrainedTokenizerFast

    kept = work / "examples.npz"
    if kept.exists():
        with np.load(kept) as arrays:
            train, heldout = (unpacked(arrays, name) for name in ("train", "heldout"))
        return PreTrainedTokenizerFast.from_pretrained(work / "tokenizer"), train, heldout
    work.mkdir(parents=True, exist_ok=True)
    sampler = Sampler(datasets, seed=seed)
    tokenizer = load_tokenizer(tokenizer_of) if tokenizer_of else train_tokenizer(sampler.texts(0.3))
    tokenizer.save_pretrained(work / "tokenizer")
    rng = random.Random(seed)
    train, heldout = [], []
    for drawn in sampler.draw(count):
        room = rng.choices((288, 448, 1024), (0.66, 0.24, 0.10))[0]
        if isinstance(drawn, Conversation):
            name, found = drawn.id, list(whole_examples(drawn.turns, tokenizer, max_tokens=room))
        else:
            name = drawn.moment.conversation_id
            found = [example_of(drawn.moment, drawn.evidence, tokenizer, max_tokens=room)]
        (heldout if hash_share(name + "/base") < _HELD_OUT else train).extend(found)
    beside = kept.with_suffix(".tmp.npz")
    np.savez(beside, **packed(train, "train"), **packed(heldout, "heldout"))
    beside.replace(kept)
    return tokenizer, train, heldout


def pretrain(
    datasets: Path,
    work: Path,
    out: Path,
    *,
    minutes: float,
    seed: int = 0,
    grow_from: Path | None = None,
    go_on_from: Path | None = None,
    optimizer: Optimizer = "muon",
    learning_rate: float = LEARNING_RATE,
    max_steps: int | None = None,
    size: Mapping[str, int] | None = None,
    examples: int = 60_000,
    report: Report = silent,
) -> dict[str, Any]:
    """Train a base for some minutes and save it to ``out``; the same call goes on where an interrupted one stopped.

    ``grow_from`` is the folder of a narrower base to start from (growth.py), ``go_on_from`` that of one to train
    further, None of them for random weights, of ``size`` (what ``new_model`` takes). Prepared data and checkpoints lie
    in ``work``. Returns the figures that also stand in the manifest.

    Raises:
        TrainingError: a data set is missing, the disk is full, or the loss explodes.

    """
    missing = [source.path for source in SOURCES if not (datasets / source.path).is_file()]
    if missing:
        raise TrainingError(f"{datasets} lacks {', '.join(missing)}: give the folder that holds the dialogue sets")
    tokenizer, train, heldout = prepare(datasets, work, count=examples, seed=seed, tokenizer_of=go_on_from or grow_from)
    chosen = {
        **LOOP,
        "minutes": minutes,
        "seed": seed + 1,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "max_steps": max_steps,
    }
    settings = base_settings(**chosen)
    torch.manual_seed(seed)
    with quiet():
        if go_on_from:
            model = load_base(go_on_from)[0]
        else:
            model = _grown(grow_from, tokenizer, train, seed) if grow_from else new_model(tokenizer, **(size or {}))
        result = fit_base(model, tokenizer, train, heldout, settings, work / "run", report)
        save_weights(model, tokenizer, out)
    figures = {"examples": len(train), "heldout": len(heldout), **asdict(result)}
    write_manifest(
        out,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        base="gone on from" if go_on_from else "grown" if grow_from else "none",
        method="from scratch",
        settings=chosen,
        figures=figures,
    )
    return figures


def _grown(narrow: Path, tokenizer: Any, train: Sequence[Example], seed: int) -> AnswerGPT2:
    """The base in ``narrow``, widened; the copying circuit is calibrated on a few examples."""
    length = 200
    sample = torch.tensor([(list(example.input_ids) * length)[:length] for example in train[:12]])
    start = tokenizer.convert_tokens_to_ids(DESK)
    return grown(load_base(narrow)[0].eval(), Circuit(), sample, start_id=start, seed=seed)


def main() -> None:
    """Train for some minutes, then save; prints one JSON line last."""
    options = argparse.ArgumentParser(description="Train the base GPT-2 that ships.")
    options.add_argument("--datasets", type=Path, required=True)
    options.add_argument("--work", type=Path, required=True)
    options.add_argument("--minutes", type=float, required=True)
    options.add_argument("--out", type=Path, default=BASE_FOLDER)
    options.add_argument("--grow-from", type=Path, help="folder of a narrower base to start from")
    options.add_argument("--go-on-from", type=Path, help="folder of a base to train further")
    options.add_argument("--optimizer", choices=OPTIMIZERS, default="muon")
    options.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    options.add_argument("--max-steps", type=int, help="stop after so many, whatever the time")
    options.add_argument("--examples", type=int, default=60_000)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    figures = pretrain(
        chosen.datasets,
        chosen.work,
        chosen.out,
        minutes=chosen.minutes,
        seed=chosen.seed,
        grow_from=chosen.grow_from,
        go_on_from=chosen.go_on_from,
        optimizer=chosen.optimizer,
        learning_rate=chosen.learning_rate,
        max_steps=chosen.max_steps,
        examples=chosen.examples,
        report=_show,
    )
    sys.stdout.write(json.dumps(figures) + "\n")


def _show(step: str, done: int, total: int | None) -> None:
    if done % 60 == 0:
        sys.stderr.write(f"{step} {done}/{total}\n")


if __name__ == "__main__":
    main()
