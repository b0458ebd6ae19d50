"""Seconds and peak memory of the commands a desk runs: import, index, train, answer, on the Thunderbird transcripts.

Runs the real command line, one process a command, so that start-up counts and peak memory is each command's own.
    python benchmarks/first_light_desk.py --home DIR [--minutes 20] [--questions 200]
The last line is JSON. The home folder is kept: other benchmarks take it with --home.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

DATASETS = Path(os.environ.get("UNDERSTUDY_DATASETS", Path(__file__).parents[2] / "shared" / "datasets"))


def run(home: Path, *arguments: str) -> dict[str, Any]:
    """One command with its wall-clock seconds, peak resident memory (MB) and what it printed as JSON."""
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("understudy")), "--home", str(home), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    lines = printed.splitlines() or [""]
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": round(usage.ru_maxrss / 1024),
        "exit": os.waitstatus_to_exitcode(status),
        "result": json.loads(lines[-1]) if lines[-1].startswith("{") else None,
    }


def questions(path: Path, count: int) -> int:
    """Write the first questions of dev, one a conversation, as input lines of `understudy answer`."""
    written = 0
    with gzip.open(DATASETS / "thunderbird" / "dev.jsonl.gz", "rt", encoding="utf-8") as lines, path.open("w") as out:
        for line in lines:
            row = json.loads(line)
            if row["turns"][0]["role"] == "customer" and written < count:
                out.write(json.dumps({"id": row["id"], "turns": row["turns"][:1]}) + "\n")
                written += 1
    return written


def main() -> int:
    """Run the commands in order and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20.0, help="training budget; 0 leaves training out")
    parser.add_argument("--questions", type=int, default=200)
    wish = parser.parse_args()
    thunderbird = DATASETS / "thunderbird"
    if not thunderbird.is_dir():
        print(f"{thunderbird} is absent; set UNDERSTUDY_DATASETS", file=sys.stderr)
        return 1
    wish.home.mkdir(parents=True, exist_ok=True)
    asked = wish.home / "questions.jsonl"
    count = questions(asked, wish.questions)
    (wish.home / "answers.jsonl").unlink(missing_ok=True)
    files = [str(thunderbird / "train.jsonl.gz"), str(thunderbird / "articles.jsonl.gz")]
    steps = {
        "import": ["import", *files, "--json"],
        "import again": ["import", *files, "--json"],
        "index": ["index", "--json"],
        "index again": ["index", "--json"],
        "train": ["train", "--minutes", str(wish.minutes), "--json"],
        f"answer {count} questions": ["answer", str(asked), str(wish.home / "answers.jsonl"), "--json"],
    }
    figures: dict[str, Any] = {}
    for name, arguments in steps.items():
        if name == "train" and not wish.minutes:
            continue
        figures[name] = run(wish.home, *arguments)
        seconds, peak, status = (figures[name][key] for key in ("seconds", "peak_mb", "exit"))
        print(f"{name:<24} {seconds:>8} s {peak:>8} MB  exit {status}", flush=True)
    answers = [json.loads(line) for line in (wish.home / "answers.jsonl").read_text().splitlines()]
    kinds = sorted({row["decision"] for row in answers})
    decisions = {kind: sum(row["decision"] == kind for row in answers) for kind in kinds}
    print(json.dumps({"benchmark": "first_light_desk", "figures": figures, "decisions": decisions}))
    return max(figure["exit"] for figure in figures.values())


if __name__ == "__main__":
    sys.exit(main())
