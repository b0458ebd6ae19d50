"""The encoder against sentence-transformers' own ``encode()``: texts a second, one question's latency, loading.

The same texts and the same questions by turns in one process, so that a busy machine is as busy for each; a ratio is
the median of the ratios of the rounds. Texts are questions and answers of real conversations where the data sets are
there, else of the sample desk. Prints a table and one JSON line last.

    python benchmarks/encode.py [--datasets ../shared/datasets] [--texts 300] [--rounds 3]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from data.transcripts import conversation_from_json
from retrieval.encoder.encoder import SentenceEncoder, bundled_folder
from retrieval.encoder.openvino import package
from retrieval.passages import passages_of_conversation
from retrieval.vectors import unit

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = 600
SHORT = 300
"""Characters of what a customer asks in one message."""
BASE = "sentence-transformers"
RUNTIMES: tuple[Literal["torch", "auto"], ...] = ("torch", "auto")

Encode = Callable[[Sequence[str]], Any]


def main() -> None:
    """Measure and print."""
    args = _arguments()
    texts, origin = _texts(args.datasets, args.texts)
    ways, about = _ways()
    expected = unit(np.asarray(ways[BASE](texts)))
    bulk = _by_turns(ways, [texts] * args.rounds)
    single = _by_turns(ways, [[text] for text in texts if len(text) < SHORT][: args.questions])
    figures = {
        name: {
            "texts_per_second": round(len(texts) / float(np.median(bulk[name])), 1),
            "times_faster": round(float(np.median(bulk[BASE] / bulk[name])), 2),
            "question_ms": round(float(np.median(single[name])) * 1000, 1),
            "question_p95_ms": round(float(np.percentile(single[name], 95)) * 1000, 1),
            "question_times_faster": round(float(np.median(single[BASE] / single[name])), 2),
            **_agreement(unit(np.asarray(encode(texts))), expected),
        }
        for name, encode in ways.items()
    }
    for name, row in figures.items():
        print(f"{name:24}", "  ".join(f"{key} {value}" for key, value in row.items()))
    settings = {
        "texts": len(texts),
        "of": origin,
        "characters": round(float(np.mean([len(text) for text in texts]))),
        "rounds": args.rounds,
        "cores": os.cpu_count(),
    }
    print(json.dumps({**settings, **about, **figures}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    datasets = os.environ.get("UNDERSTUDY_DATASETS", str(ROOT.parent / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(datasets))
    parser.add_argument("--texts", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, default=30)
    return parser.parse_args()


def _texts(datasets: Path, count: int) -> tuple[list[str], str]:
    """So many different questions and answers, drawn from the first conversations, and where they come from."""
    real = datasets / "thunderbird" / "dev.jsonl.gz"
    if real.is_file():
        with gzip.open(real, "rt", encoding="utf-8") as lines:
            return _drawn(lines, count), "thunderbird dev"
    with (ROOT / "data" / "sample" / "transcripts.jsonl").open(encoding="utf-8") as lines:
        return _drawn(lines, count), "sample desk"


def _drawn(lines: Iterable[str], count: int) -> list[str]:
    conversations = [conversation_from_json(json.loads(line)) for line in islice(lines, CONVERSATIONS)]
    passages = [passage for conversation in conversations for passage in passages_of_conversation(conversation)]
    texts = list(dict.fromkeys(text for passage in passages for text in (passage.question, passage.answer)))
    random.Random(0).shuffle(texts)
    return texts[:count]


def _ways() -> tuple[dict[str, Encode], dict[str, Any]]:
    """What is compared, and how ours came up: seconds to load, runtime, precision."""
    package()
    plain = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    ways: dict[str, Encode] = {BASE: lambda texts: plain.encode(list(texts), show_progress_bar=False)}
    loads: dict[str, float] = {}
    for name in RUNTIMES:
        start = time.perf_counter()
        chosen = SentenceEncoder.load(runtime=name)
        loads[name] = round(time.perf_counter() - start, 2)
        ways[name] = chosen.encode
    about = {"runtime": chosen.runtime, "bf16": chosen.bf16, "slower": chosen.slower}
    return ways, {**about, "torch_threads": torch.get_num_threads(), "load_s": loads}


def _by_turns(ways: dict[str, Encode], tasks: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
    """Seconds of each way for each task, one after the other, the order turned with every task."""
    names = list(ways)
    for encode in ways.values():
        encode(tasks[0][:64])
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number, task in enumerate(tasks):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            start = time.perf_counter()
            ways[name](task)
            seconds[name].append(time.perf_counter() - start)
    return {name: np.array(found) for name, found in seconds.items()}


def _agreement(found: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    cosines = (found * expected).sum(axis=1)
    return {"cosine_mean": round(float(cosines.mean()), 6), "cosine_min": round(float(cosines.min()), 6)}


if __name__ == "__main__":
    main()
