"""A tokenizer trained on the spot and a tiny random GPT-2: everything real but small."""

from __future__ import annotations

import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from data.moments import Moment
from data.transcripts import Role, Turn
from finetune.examples import Example, example_of
from finetune.pretrain.pretrain import new_model, train_tokenizer

_THINGS = ("parcel", "refund", "invoice", "kettle", "lamp", "voucher")
_PLACES = ("Monday", "Tuesday", "Oslo", "Lyon", "Bremen")


def question(text: str) -> Turn:
    return Turn(Role.CUSTOMER, text)


def answer(text: str) -> Turn:
    return Turn(Role.AGENT, text)


def moment(number: int = 0) -> Moment:
    rng = random.Random(number)
    thing, place = rng.choice(_THINGS), rng.choice(_PLACES)
    return Moment(
        id=f"c{number}:1",
        conversation_id=f"c{number}",
        turn_index=1,
        context=(question(f"Hello, where is my {thing}?"),),
        answer=f"Your {thing} comes from {place}.",
    )


def killed_after_a_checkpoint(examples, settings, work, folder) -> None:
    """Fine-tune in a process of its own until it has written a whole checkpoint, then kill -9 it."""
    task = folder / "task.pickle"
    task.write_bytes(pickle.dumps((examples, settings, work)))
    script = (
        "import ctypes, sys, pickle, pathlib\n"
        "getattr(ctypes.CDLL(None), 'prctl', lambda *_: 0)(1, 9)\n"  # on Linux it dies with who started it
        "from finetune.train.fine_tune import fine_tune\n"
        "examples, settings, work = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "fine_tune(examples, [], settings, work)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(task)], cwd=Path(__file__).parents[2])
    try:
        until = time.monotonic() + 600
        while not list(work.glob("checkpoint-*/seal.json")):
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def tokenizer():
    texts = [text for number in range(60) for text in (moment(number).context[0].text, moment(number).answer)]
    return train_tokenizer(texts, size=400)


@pytest.fixture(scope="session")
def examples(tokenizer) -> list[Example]:
    return [example_of(moment(number), [moment(number).answer], tokenizer, max_tokens=96) for number in range(48)]


@pytest.fixture
def tiny(tokenizer):
    torch.manual_seed(0)
    return new_model(tokenizer, width=32, layers=2, heads=2)


@pytest.fixture
def tiny_folder(tiny, tokenizer, tmp_path):
    """A base as a user would have it on disk."""
    from finetune.model.checkpoint import save_weights

    folder = tmp_path / "tiny_base"
    save_weights(tiny, tokenizer, folder)
    return folder
