"""Masking: what is found of each kind, what harmless text it touches, and turns a minute on one core.

The set is the tests' (``tests/test_data/masking/set``): sentences with one made-up value each, in thirteen countries;
the second half of the wordings was kept out while the rules were built. ``--before REV`` masks the same turns with the
rules of that commit by turns, in processes of their own, for the ratio. Prints a table and one JSON line last.

    python benchmarks/masking.py [--datasets ../shared/datasets] [--before REV] [--rounds 3]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from data import sample
from tests.test_data.masking.set.harmless import OWN, harmless
from tests.test_data.masking.set.make import rows
from tests.test_data.masking.test_set import is_found

ROOT = Path(__file__).resolve().parent.parent
CONVERSATIONS = 600
TIMED = """
import json, sys, time
from data.transcripts import conversation_from_json
try:
    from data.masking.conversation import mask_conversation
except ImportError:
    from data.masking.mask import mask_conversation
talks = [conversation_from_json(json.loads(line)) for line in open(sys.argv[1], encoding="utf-8")]
for talk in talks[:20]:
    mask_conversation(talk)
start = time.process_time()
for talk in talks:
    mask_conversation(talk)
print(sum(len(talk.turns) for talk in talks) / (time.process_time() - start) * 60)
"""


def found() -> dict[str, dict[str, list[int]]]:
    """Found and there, by kind and half."""
    table: dict[str, dict[str, list[int]]] = {}
    for row in rows():
        cell = table.setdefault(row["kind"], {"seen": [0, 0], "unseen": [0, 0]})[row["half"]]
        cell[0] += is_found(row)
        cell[1] += 1
    return table


def touched() -> int:
    """How many of the harmless sentences are changed."""
    from data.masking.mask import Masker

    return sum(Masker(keep=OWN, countries=("GB", "US", "DE", "FR")).mask(text) != text for text in harmless())


def speed(talks: Path, root: Path) -> float:
    """Turns a minute of the rules in a folder, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", TIMED, str(talks)], cwd=root, env=environment, capture_output=True, check=True
    )
    return float(done.stdout)


def lines(datasets: Path) -> list[str]:
    """Real conversations where the data sets are there, and the sample desk's."""
    texts = [line for path in (sample.TRANSCRIPTS, sample.GENERATED) for line in path.read_text("utf-8").splitlines()]
    path = datasets / "thunderbird" / "train.jsonl.gz"
    if path.exists():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            texts += [line.strip() for line in islice(file, CONVERSATIONS)]
    return texts


def timed(arguments: argparse.Namespace) -> dict[str, Any]:
    """Turns a minute, the median of some rounds; with the ratio to other rules, by turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        talks = folder / "talks.jsonl"
        talks.write_text("\n".join(lines(arguments.datasets)), encoding="utf-8")
        if arguments.before:
            packed = subprocess.run(
                ["git", "archive", arguments.before, "data"], cwd=ROOT, capture_output=True, check=True
            )
            subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
        ours, theirs = [], []
        for _ in range(arguments.rounds):
            ours.append(speed(talks, ROOT))
            if arguments.before:
                theirs.append(speed(talks, folder))
    result: dict[str, Any] = {"turns_a_minute": round(statistics.median(ours))}
    if theirs:
        result["before"] = round(statistics.median(theirs))
        result["ratio"] = round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 3)
    return result


def main() -> None:
    """Print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    datasets = os.environ.get("UNDERSTUDY_DATASETS", ROOT.parent / "shared" / "datasets")
    parser.add_argument("--datasets", type=Path, default=Path(datasets))
    parser.add_argument("--before", help="A commit whose rules are timed too.")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    table, totals = found(), Counter[str]()
    print(f"{'kind':10} {'seen':>9} {'unseen':>9}")
    for kind, halves in table.items():
        print(f"{kind:10} {'/'.join(map(str, halves['seen'])):>9} {'/'.join(map(str, halves['unseen'])):>9}")
        for half, (hits, there) in halves.items():
            totals[half] += hits
            totals[f"of_{half}"] += there
    changed = touched()
    recall = {half: round(totals[half] / totals[f"of_{half}"], 4) for half in ("seen", "unseen")}
    precision = round(1 - changed / len(harmless()), 4)
    print(
        f"recall {recall['seen']:.1%} seen, {recall['unseen']:.1%} unseen; "
        f"{changed} of {len(harmless())} harmless changed"
    )
    result = {"recall": recall, "harmless_kept": precision, **timed(arguments)}
    print(
        f"{result['turns_a_minute']:,} turns a minute" + (f", {result['ratio']} of before" if "ratio" in result else "")
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
