"""What a smaller GPT-2 costs: size on disk, speed in the engine and loss of each way to make one, in one table.

    python benchmarks/compression.py --work DIR [--base FOLDER] [--steps 60] [--only "neurons 50 %,4 bits"]

The base is fine-tuned on a few Thunderbird conversations for ``--steps``; that is "unpruned", and each variant is made
of it. "At once" is the loss as it was cut, "recovered" after as many steps more on the same answers, which "unpruned"
gets too, and "taught" after them with the unpruned one as teacher (distillation). Loss is bits per byte of held-out
dev answers, evidence shown. Tokens a second are of one stream by processor seconds, by turns, so that other work on
the machine counts little. Rows are kept in ``--work``, one JSON line comes last.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

import torch
from compression_desk import Examples
from compression_speed import speeds
from compression_variants import VARIANTS, Workshop
from voice_rows import Rows

COLUMNS = ("MB", "size", "numpy", "OpenVINO", "at once", "recovered", "taught")


def main() -> None:
    """Measure and print."""
    options = _options()
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)
    rows = Rows(options.work / "compression.jsonl")
    workshop = Workshop(options, Examples(options))
    wanted = ["unpruned", *(name for name in options.only.split(",") if name not in {"", "unpruned"})]
    found: dict[str, dict[str, Any]] = {}
    for name in wanted if options.only else VARIANTS:
        key = f"{name}, {options.steps} steps{', taught' * options.taught}"
        found[name] = rows.get(key, lambda name=name: workshop.row(name))
        print(name, found[name], flush=True)
    timed = {name: workshop.served(name) for name in found}
    for name, row in rows.get(f"speed of {', '.join(found)}", lambda: speeds(timed, options)).items():
        found[name] |= row
    _table(found)
    print(json.dumps({"benchmark": "compression", "steps": options.steps, "base": options.base, "variants": found}))


def _table(found: dict[str, dict[str, Any]]) -> None:
    whole = found["unpruned"]
    print(f"\n{'':24s}" + "".join(f"{head:>11s}" for head in COLUMNS))
    for name, row in found.items():
        cells = [f"{row['bytes'] / 1e6:.1f}", f"{row['bytes'] / whole['bytes']:.2f}x"]
        cells += [f"{row[runner] / whole[runner]:.2f}x" for runner in ("numpy", "OpenVINO")]
        cells += [f"{row[kind] / whole[kind]:.3f}x" if row.get(kind) else "-" for kind in ("at once", "recovered")]
        cells += [f"{row['taught'] / whole['recovered']:.3f}x" if row.get("taught") else "-"]
        print(f"{name:24s}" + "".join(f"{cell:>11s}" for cell in cells))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    add = parser.add_argument
    add("--work", type=Path, required=True, help="keeps models and rows between runs")
    add("--datasets", type=Path, default=Path(default))
    add("--base", help="a GPT-2 folder or hub name; default: the base that ships")
    add("--only", default="", help=f"which variants, with commas, of: {', '.join(VARIANTS)}".replace("%", "%%"))
    add("--steps", type=int, default=60, help="of the fine-tuning, and of each recovery")
    add("--taught", action="store_true", help="recover a second time with the unpruned one as teacher")
    add("--conversations", type=int, default=400, help="the latest N are learnt from")
    add("--measured", type=int, default=80, help="held-out answers")
    add("--max-tokens", type=int, default=192)
    add("--tokens", type=int, default=48, help="written in each timed round")
    add("--rounds", type=int, default=5)
    add("--threads", type=int, default=1)
    add("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
