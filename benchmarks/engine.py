"""Our engine against transformers and OpenVINO GenAI: the same weights, by turns in one run.

All write greedily and to the same length. Single stream, several at once (each in the way its users would: padded
batches, which are not even padded here, for all prompts are equally long), time to the first token of each stream, the
second turn of a conversation, refining with evidence to copy from, eight candidates judged, and the peak memory of a
process of its own. A ratio is the median over the rounds of transformers' seconds in fp32 and a contestant's; "at best"
is that of each one's best round, and "by CPU s" that of the least processor seconds, which with one thread says most
where other work runs on the machine. Prints tables and one JSON line last.

    python benchmarks/engine.py [--model base|124m|FOLDER] [--streams 4,16,32] [--rounds 3] [--threads 2] [--small]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from engine_contestants import BASE, CONTESTANTS, Contestant, load_gpt2, ours
from engine_turns import candidates_judged, refined, second_turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

os.environ.setdefault("HF_HUB_OFFLINE", "1")


def main() -> None:
    """Measure and print."""
    options = _arguments()
    if options.memory_of:
        print(json.dumps(_peak(options)))
        return
    model = load_gpt2(options.model)
    prompts = _prompts(model.config.vocab_size, max(options.streams), options.prompt)
    figures: dict[str, Any] = {"model": options.model, "threads": options.threads, "rounds": options.rounds}
    made: dict[str, Contestant] = {}
    for name in options.only:
        started = time.perf_counter()
        try:
            made[name] = CONTESTANTS[name](model, options.threads)
        except Exception as problem:  # noqa: BLE001 - what cannot run here is told and left out
            print(f"{name}: left out, {type(problem).__name__}: {str(problem)[:200]}")
        else:
            print(f"{name}: ready in {time.perf_counter() - started:.1f} s")
    figures["greedy text as transformers'"] = _agreement(made, prompts[0], options.tokens)
    figures["writing"] = {streams: _writing(made, prompts[:streams], options) for streams in (1, *options.streams)}
    mine = ours(model, options.threads)
    figures["scoring"] = candidates_judged(mine, prompts[0], options.rounds)
    figures["second turn"] = second_turn(made[BASE], mine, options.rounds)
    figures["refining"] = refined(made[BASE], mine, options)
    figures["peak MiB"] = {name: _memory(name, options) for name in (() if options.small else made)}
    print(json.dumps(figures))


def _writing(made: dict[str, Contestant], prompts: Sequence[NDArray[np.int64]], options: Any) -> dict[str, Any]:
    """Rounds of all contestants by turns: whole seconds, first tokens, and ratios to transformers."""
    whole: dict[str, list[float]] = {name: [] for name in made}
    processor: dict[str, list[float]] = {name: [] for name in made}
    firsts: dict[str, list[float]] = {name: [] for name in made}
    rounds = options.rounds if len(prompts) == 1 else max(options.rounds // 2, 1)
    for _ in range(rounds):
        for name, contestant in made.items():
            started, spent = time.perf_counter(), time.process_time()
            first = contestant.write(prompts, options.tokens)
            whole[name].append(time.perf_counter() - started)
            processor[name].append(time.process_time() - spent)
            firsts[name].extend(first)
    print(f"\n{len(prompts)} at once, {len(prompts[0])} -> {options.tokens} tokens")
    heads = ("seconds", "speed-up", "at best", "by CPU s", "tokens/s", "first p50", "p95", "ratio", "at best")
    print(" " * 20 + "".join(f"{head:>10s}" for head in heads))
    table = {}
    for name in made:
        pairs = zip(whole[BASE], whole[name], strict=True)
        row = {
            "seconds": median(whole[name]),
            "speed-up": median(base / mine for base, mine in pairs),
            "speed-up at best": min(whole[BASE]) / min(whole[name]),
            "by processor seconds": min(processor[BASE]) / min(processor[name]),
            "first token at best": min(firsts[name]) / min(firsts[BASE]),
            "tokens a second": len(prompts) * options.tokens / median(whole[name]),
            "first token p50": float(np.percentile(firsts[name], 50)),
            "first token p95": float(np.percentile(firsts[name], 95)),
        }
        row["first token ratio"] = row["first token p50"] / float(np.percentile(firsts[BASE], 50))
        table[name] = row
        cells = (
            f"{row['seconds']:.3f}",
            f"{row['speed-up']:.2f}x",
            f"{row['speed-up at best']:.2f}x",
            f"{row['by processor seconds']:.2f}x",
            f"{row['tokens a second']:.0f}",
            f"{row['first token p50']:.3f}",
            f"{row['first token p95']:.3f}",
            f"{row['first token ratio']:.2f}x",
            f"{row['first token at best']:.2f}x",
        )
        print(f"{name:20s}" + "".join(f"{cell:>10s}" for cell in cells))
    return table


def _agreement(made: dict[str, Contestant], prompt: NDArray[np.int64], tokens: int) -> dict[str, float]:
    """The share of leading tokens that a contestant writes as transformers does."""
    for contestant in made.values():
        contestant.write([prompt], tokens)
    expected = made[BASE].written[0]
    shares = {}
    for name, contestant in made.items():
        equal = [one == other for one, other in zip(contestant.written[0], expected, strict=True)]
        shares[name] = equal.index(False) / len(equal) if False in equal else 1.0
    return shares


def _memory(name: str, options: Any) -> float | None:
    words = [sys.executable, __file__, "--memory-of", name, "--model", options.model, "--threads", str(options.threads)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return None if done.returncode else float(json.loads(done.stdout.splitlines()[-1]))


def _peak(options: Any) -> float:
    """Peak resident MiB of this process after one contestant has served sixteen streams."""
    model = load_gpt2(options.model)
    contestant = CONTESTANTS[options.memory_of](model, options.threads)
    contestant.write(_prompts(model.config.vocab_size, 16, options.prompt), 8)
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _prompts(vocabulary: int, count: int, length: int) -> list[NDArray[np.int64]]:
    """Random ids: no two streams share a beginning, and nothing can be copied."""
    rows: NDArray[np.int64] = np.random.default_rng(0).integers(10, vocabulary - 10, (count, length))
    return list(rows)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="base", help="base, 124m (random weights) or a GPT-2 folder")
    parser.add_argument("--streams", default="4,16,32")
    parser.add_argument("--prompt", type=int, default=384)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(CONTESTANTS), help="contestants, the first is what ratios are to")
    parser.add_argument("--small", action="store_true", help="one round, 4 streams, no memory: a quick look")
    parser.add_argument("--memory-of", default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.only = [BASE, *(name for name in options.only.split(",") if name != BASE)]
    options.streams = [int(part) for part in options.streams.split(",")]
    if options.small:
        options.rounds, options.streams = 1, [4]
    return options


if __name__ == "__main__":
    main()
