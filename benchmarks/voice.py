"""The voice: what GPT-2 adds to a desk. Bits, replies among 100, refined replies, completion, speed, memorisation.

    python benchmarks/voice.py --work DIR [--desk thunderbird,sgd,…] [--only STAGE,…] [--embeddings DIR]

Code and settings are the same for all desks. Each stage of each desk leaves ``DIR/<desk>/<stage>.json`` and is passed
over when that is there: delete the file to do it anew (and, after another base or other minutes, the desk's ``models``
and ``*.jsonl``; after another writer its ``way-*.jsonl``). A stage that was killed goes on where it stopped. A table,
then one JSON line with everything. What rewriting is worth, in minutes and without GPT-2:

    python benchmarks/voice.py --work DIR --desk sgd,star --only desk,refined --ways verbatim,composed
        --limit 1500 --questions 100 --tune-minutes 1 --threads 1
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import voice_bits
import voice_completion
import voice_desk
import voice_memorisation
import voice_refined
import voice_replies
import voice_speed
from voice_bars import bars
from voice_corpus import DESKS
from voice_desk import Desk
from voice_models import Models
from voice_ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STAGES: dict[str, Callable[[Desk, Models], dict[str, Any]]] = {
    "desk": lambda desk, _: voice_desk.stage(desk),
    "base": voice_bits.base_stage,
    "bits": voice_bits.stage,
    "memorisation": voice_memorisation.stage,
    "replies": voice_replies.stage,
    "refined": voice_refined.stage,
    "completion": voice_completion.stage,
    "speed": voice_speed.stage,
}
LONG = ("examples", "options", "training")
"""What stands in a stage's file but not in the table."""


def main() -> None:
    """Read the options, measure, print."""
    options = _options()
    wanted, desks, ways = (each.split(",") for each in (options.only, options.desk, options.ways))
    for what, named, there in (("stages", wanted, STAGES), ("desks", desks, DESKS), ("ways", ways, WAYS)):
        if unknown := {*named} - {*there}:
            sys.exit(f"{', '.join(sorted(unknown))}: {what} are {', '.join(there)}")
    if options.threads:
        torch.set_num_threads(options.threads)
    found: dict[str, dict[str, Any]] = {}
    for name in desks:
        desk = Desk(name, options, progress)
        models = Models(desk)
        found[name] = {stage: measured(stage, desk, models) for stage in STAGES if stage in wanted}
        found[name]["bars"] = bars(name, found[name])
        print(f"\n{name}: bars")
        table(found[name]["bars"])
    shown = {name: {stage: _short(row) for stage, row in stages.items()} for name, stages in found.items()}
    print(json.dumps({"benchmark": "voice", **shown}))


def measured(stage: str, desk: Desk, models: Models) -> dict[str, Any]:
    """A stage's figures, from its file where it was done before; printed either way."""
    path = desk.folder / f"{stage}.json"
    if not path.exists():
        started = time.perf_counter()
        found = STAGES[stage](desk, models)
        spent = round(time.perf_counter() - started, 1)
        options = {name: str(value) if isinstance(value, Path) else value for name, value in vars(desk.options).items()}
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps({**found, "wall seconds": spent, "options": options}, indent=2) + "\n", "utf-8")
        beside.replace(path)
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    print(f"\n{desk.name}: {stage}")
    table(_short(stored))
    sys.stdout.flush()
    return stored


def table(found: Mapping[str, Any], indent: int = 2) -> None:
    """One line a figure; what belongs together is indented, and a row of numbers stays on its line."""
    for name, value in found.items():
        if not isinstance(value, dict):
            print(f"{'':{indent}}{name:<{44 - indent}} {_number(value)}")
        elif columns := _columns(value):
            grid(name, value, columns, indent)
        elif any(isinstance(each, dict) for each in value.values()) or len(value) > 6:
            print(f"{'':{indent}}{name}")
            table(value, indent + 2)
        else:
            row = "  ".join(f"{key} {_number(each)}" for key, each in value.items())
            print(f"{'':{indent}}{name:<{44 - indent}} {row}")


def grid(name: str, rows: Mapping[str, Mapping[str, Any]], columns: list[str], indent: int) -> None:
    """One table whose rows have the same figures."""
    cells = {row: [_number(values[column]) for column in columns] for row, values in rows.items()}
    first = max(map(len, [name, *cells])) + indent
    widths = [max(map(len, each)) for each in zip(columns, *cells.values(), strict=True)]
    for row, values in {name: columns, **cells}.items():
        shown = "  ".join(f"{value:>{width}}" for value, width in zip(values, widths, strict=True))
        print(f"{'':{indent if row == name else indent + 2}}{row:<{first if row == name else first - 2}}  {shown}")


def _columns(rows: Mapping[str, Any]) -> list[str]:
    """The figures that all rows have, where they have the same and there are several; else none."""
    names = [[*row] if isinstance(row, dict) else [] for row in rows.values()]
    return names[0] if len(names) > 1 and all(each == names[0] for each in names) else []


def progress(step: str, done: int, total: int | None) -> None:
    """One line that overwrites itself, on standard error."""
    if sys.stderr.isatty():
        print(f"\r{step} {done}/{total or '?'}", end="" if done != total else "\n", file=sys.stderr, flush=True)


def _number(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_number, value))
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in LONG}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    add = parser.add_argument
    add("--work", type=Path, required=True, help="keeps figures, models and indexes between runs")
    add("--desk", default=",".join(DESKS), help="which desks, with commas")
    add("--only", default=",".join(STAGES), help="which stages, with commas")
    add("--datasets", type=Path, default=Path(default))
    add("--embeddings", type=Path, help="a folder of vectors computed before, which grows; default: under --work")
    add("--base", help="a GPT-2 folder or hub name; default: the base that ships")
    add("--limit", type=int, help="the latest N conversations of each past; default by desk, 0 is all")
    add("--limit-train", type=int, default=0, help="fine-tune on the latest N of those only; 0 is all")
    add("--minutes", type=float, default=20.0, help="for each of the three fine-tunings")
    add("--tune-minutes", type=float, default=5.0, help="at most, for the encoder's adapter")
    add("--questions", type=int, default=300, help="so many answers of a desk are measured, the latest; 0 is all")
    add(
        "--ways", default=",".join(WAYS), help="which ways of replying the stage refined sets side by side, with commas"
    )
    add("--choosing", type=int, default=150, help="the latest N first answers of the past choose weights of replies")
    add("--choosing-typed", type=int, default=30, help="and N of them thresholds of completion")
    add("--thresholds", default="0.2,0.35,0.5", help="thresholds of completion to choose from")
    add("--ngram-answers", type=int, default=0, help="the 5-gram learns from the latest N answers; 0 is all")
    add("--canaries", type=int, default=8)
    add("--speed-examples", type=int, default=200)
    add("--speed-rounds", type=int, default=2)
    add("--threads", type=int, default=0, help="of torch; 0 leaves them to torch")
    add("--judged", type=float, default=0.3, help="share of the answers that are learnt to be told from others")
    add("--seed", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
