"""Ways to train, one by one: what each option of `understudy train` does to held-out bits, time and memory.

    python benchmarks/training_bench.py --work DIR [--desk small,middle] [--of thunderbird] [--only NAME,…] [--seeds 3]

Every variant of `training_variants.py` trains the same base on the same examples for the same number of steps, and is
measured on the same questions, as they were asked and as if typed in a hurry. ``--work`` keeps the examples of a desk
and each row, a JSON file, as soon as it is done: a kill loses one row, which goes on from its last checkpoint. Delete
the file to measure anew. A table of means and standard deviations over the seeds, with the difference to "as it is"
seed by seed, then one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from training_desk import SIZES, STEPS, TrainingDesk, kept_examples, kept_variants
from training_row import Task, in_process
from training_variants import AS_IT_IS, VARIANTS
from voice_corpus import DESKS

from finetune.training_settings import TrainSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FIGURES = ("bits", "bits, typos", "seconds", "tokens a second", "trained", "peak MiB")
COMPARED = ("bits", "bits, typos")


def main() -> None:
    """Read the options, measure what is not measured yet, print."""
    options = _options()
    chosen = options.only.split(",") if options.only else list(VARIANTS)
    unknown = [*({*chosen} - {*VARIANTS}), *({*options.desk.split(",")} - {*SIZES}), *({options.of} - {*DESKS})]
    if unknown:
        told = f"variants are {', '.join(VARIANTS)}; desks are {', '.join(SIZES)} of {', '.join(DESKS)}"
        sys.exit(f"{', '.join(unknown)}: {told}")
    found = {}
    for size in options.desk.split(","):
        steps = options.steps or STEPS[size]
        desk = _desk(size, options)
        rows = {name: [kept_row(name, seed, steps, desk) for seed in range(options.seeds)] for name in chosen}
        found[size] = summed(rows)
        print(f"\n{size} desk of {options.of}, {steps} steps, {options.seeds} seeds")
        print_table(found[size])
    print(json.dumps({"benchmark": "training_bench", "of": options.of, "seeds": options.seeds, **found}))


def kept_row(name: str, seed: int, steps: int, desk: TrainingDesk) -> dict[str, Any]:
    """A row from its file, computed where that is not there."""
    place = desk.folder / "rows" / f"{_slug(name)}-{steps}-{seed}.json"
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        settings = {
            "base": desk.options.base,
            "minutes": 0,
            "epochs": steps,
            "max_steps": steps,
            "patience": 0,
            "max_tokens": desk.options.max_tokens,
            "tracker": "none",
            "seed": seed,
            **VARIANTS[name],
        }
        examples = kept_examples(desk)
        varied = "augment" in settings
        learnt = kept_variants(desk, TrainSettings(**{**settings, "seed": 0})) if varied else examples
        row = in_process(Task(learnt, examples, place.with_suffix(".work"), settings, desk.options.threads))
        beside = place.with_suffix(".tmp")
        beside.write_text(json.dumps({**row, "settings": settings}, indent=2) + "\n", encoding="utf-8")
        beside.replace(place)
    stored: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
    print(f"{name}, seed {seed}: {stored['bits']:.4f} bits a byte, {stored['seconds']:.0f} s", flush=True)
    return stored


def summed(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """For each variant and figure ``[mean, standard deviation]`` over seeds, and of the difference to "as it is"."""
    found = {}
    for name, its in rows.items():
        shown = {figure: _spread([row[figure] for row in its]) for figure in FIGURES if figure in its[0]}
        for figure in COMPARED if AS_IT_IS in rows and name != AS_IT_IS else ():
            if figure in its[0]:
                pairs = zip(its, rows[AS_IT_IS], strict=True)
                shown[f"{figure}, less as it is"] = _spread([row[figure] - plain[figure] for row, plain in pairs])
        found[name] = shown
    return found


def print_table(found: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """One line a variant; a figure is a mean with its standard deviation."""
    heads = list(dict.fromkeys(figure for row in found.values() for figure in row))
    heads.sort(key=lambda head: not head.startswith(COMPARED))
    widths = [max(19, len(head) + 2) for head in heads]
    print(f"{'':24}" + "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True)))
    for name, row in found.items():
        cells = [_cell(head, row[head]) if head in row else "" for head in heads]
        print(f"{name:24}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))


def _cell(head: str, value: Sequence[float]) -> str:
    if not head.startswith(COMPARED):
        return f"{value[0]:,.0f}"
    sign = "+" if head not in COMPARED else ""
    return f"{value[0]:{sign}.4f} ± {value[1]:.4f}"


def _spread(values: Sequence[float]) -> list[float]:
    return [mean(values), stdev(values) if len(values) > 1 else 0.0]


def _desk(size: str, options: argparse.Namespace) -> TrainingDesk:
    told = {**vars(options), "work": options.work / size, "limit": SIZES[size], "limit_train": 0}
    told["embeddings"] = options.embeddings or options.work / "embeddings"
    return TrainingDesk(options.of, argparse.Namespace(**told), lambda *_: None)


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    add = parser.add_argument
    add("--work", type=Path, required=True, help="keeps examples and rows between runs")
    add("--desk", default=",".join(SIZES), help="how large a desk, with commas")
    add("--of", default="thunderbird", help="of which set the latest conversations are taken")
    add("--only", default="", help="which variants, with commas; default: all")
    add("--steps", type=int, default=0, help="of each training; 0 is by the desk")
    add("--seeds", type=int, default=3)
    add("--questions", type=int, default=300, help="the latest N first answers are measured")
    add("--datasets", type=Path, default=Path(default))
    add("--embeddings", type=Path, help="a folder of vectors computed before, which grows; default: under --work")
    add("--base", help="a GPT-2 folder or hub name; default: the base that ships")
    add("--max-tokens", type=int, default=512)
    add("--tune-minutes", type=float, default=1.0, help="at most, for the encoder's adapter")
    add("--threads", type=int, default=0, help="of torch; 0 leaves them to torch")
    add("--seed", type=int, default=0, help="of typos")
    return parser.parse_args()


if __name__ == "__main__":
    main()
