"""What each way to save memory in training saves, and what it costs: one table, each row in a process of its own.

    python benchmarks/training_memory.py --work DIR [--base FOLDER] [--batch 8] [--max-tokens 256] [--steps 3]

Each row trains on the same examples by the product's own ``fine_tune`` with one setting changed; a step is as many
examples in all of them. "peak" is the largest resident memory of a process, less what it held with libraries and
examples loaded and no model; with several processes it is that of the largest one. "kept" is what checkpoints take on
disk. Tokens a second are by processor seconds, of all processes together, the first step's warming up among them. Runs
on a processor (a GPU's memory would be torch's to tell). Rows are kept in ``--work``; one JSON line comes last.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from voice_rows import Rows

from finetune.examples import packed, unpacked
from finetune.train.fine_tune import fine_tune
from finetune.training_settings import TrainSettings

WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "accumulation": {"accumulation": 4},
    "gradient checkpointing": {"gradient_checkpointing": True},
    "both of them": {"accumulation": 4, "gradient_checkpointing": True},
    "bf16": {"bf16": True},
    "LoRA": {"method": "lora"},
    "prefix": {"method": "prefix"},
    "2 processes (DDP)": {"processes": 2},
    "2 processes FSDP": {"processes": 2, "fsdp": True},
}
_EXAMPLES = "memory-examples.npz"


def main() -> None:
    """Measure and print; with ``--way`` in the process of one row."""
    options = _options()
    if options.way:
        print(json.dumps(_measured(options)))
        return
    options.work.mkdir(parents=True, exist_ok=True)
    if not (options.work / _EXAMPLES).exists():
        from compression_desk import Examples

        np.savez(options.work / _EXAMPLES, **packed(Examples(options).train, "train"))
    rows = Rows(options.work / "memory.jsonl")
    key = f"{options.base or 'ours'}, {options.batch} of {options.max_tokens}, {options.steps} steps"
    found: dict[str, dict[str, Any]] = {}
    for way in options.only.split(","):
        try:
            found[way] = rows.get(f"{way}, {key}", lambda way=way: _apart(way))
        except RuntimeError as problem:  # not kept: it may run the next time
            found[way] = {"problem": str(problem)}
        print(way, found[way], flush=True)
    _table(found)
    print(json.dumps({"benchmark": "training memory", "batch": options.batch, "ways": found}))


def _apart(way: str) -> dict[str, Any]:
    """A row from a process of its own.

    Raises:
        RuntimeError: it cannot run here; says why.

    """
    done = subprocess.run(  # ourselves
        [sys.executable, *sys.argv, "--way", way], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    row: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return row


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    torch.set_num_threads(options.threads)
    with np.load(options.work / _EXAMPLES) as arrays:
        examples = unpacked(arrays, "train")
    changed = dict(WAYS[options.way])
    parts = changed.get("accumulation", 1) * changed.get("processes", 1)
    settings = TrainSettings(
        base=options.base,
        minutes=0,
        max_steps=options.steps,
        epochs=1000,
        tracker="none",
        save_minutes=1e9,
        **{"bf16": False, "accumulation": 1, **changed},
        batch_size=options.batch // parts,
    )
    work = options.work / "memory.work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    _load_libraries()
    resting, started = _peak(), _processor()
    _forget_peak()
    result = fine_tune(examples, [], settings, work)
    several = settings.processes > 1
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if several else _peak()
    kept = sum(path.stat().st_size for path in work.rglob("*") if path.is_file()) / 2**20
    shutil.rmtree(work, ignore_errors=True)
    return {
        "peak": peak - resting,
        "whole process": peak,
        "kept": kept,
        "trained": result.trained_parameters / result.parameters,
        "tokens a second": result.fit.tokens / (_processor() - started),
    }


def _load_libraries() -> None:
    """Load what training loads on the way, so that it does not count as the model's."""
    import accelerate
    import peft
    import transformers.trainer

    assert accelerate
    assert peft
    assert transformers.trainer


def _processor() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _peak() -> float:
    """The largest resident memory of this process since ``_forget_peak``, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def _table(found: dict[str, dict[str, Any]]) -> None:
    plain = found.get("plain", {})
    heads = ("peak MiB", "of plain", "kept MiB", "trained", "tokens/s", "of plain")
    print(f"\n{'':26s}" + "".join(f"{head:>10s}" for head in heads))
    for way, row in found.items():
        if "problem" in row:
            print(f"{way:26s}{row['problem'][:90]}")
            continue
        cells = [f"{row['peak']:.0f}", f"{row['peak'] / plain['peak']:.2f}x" if "peak" in plain else "-"]
        cells += [f"{row['kept']:.0f}", f"{row['trained']:.1%}", f"{row['tokens a second']:.0f}"]
        cells += [f"{row['tokens a second'] / plain['tokens a second']:.2f}x" if "peak" in plain else "-"]
        print(f"{way:26s}" + "".join(f"{cell:>10s}" for cell in cells))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    add = parser.add_argument
    add("--work", type=Path, required=True, help="keeps examples and rows between runs")
    add("--datasets", type=Path, default=Path(default))
    add("--base", help="a GPT-2 folder or hub name; default: the base that ships")
    add("--only", default=",".join(WAYS), help="which ways, with commas")
    add("--batch", type=int, default=8, help="examples of a step")
    add("--max-tokens", type=int, default=256)
    add("--steps", type=int, default=3)
    add("--conversations", type=int, default=100, help="whose answers are learnt from")
    add("--threads", type=int, default=1)
    add("--way", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
