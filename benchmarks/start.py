"""How long the short commands take from a cold process to their last line: processor seconds and the clock's.

Each command by turns, several rounds, the least of each, since whatever else the machine does only adds. The home
folder is one that `understudy demo` made; the first round, which may have to fill caches, does not count. Prints a
table and one JSON line last.

    python benchmarks/start.py --home var/demo [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = (
    ("--help",),
    ("keys", "list"),
    ("models", "list"),
    ("contracts", "list"),
    ("inboxes", "list"),
    ("retired",),
    ("topics",),
    ("search", "Where is my parcel?"),
    ("doctor",),
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    least: dict[str, tuple[float, float]] = {}
    for round_number in range(args.rounds + 1):
        for command in COMMANDS:
            processor, clock = _run(args.home, command)
            if round_number:
                best = least.get(command[0], (processor, clock))
                least[command[0]] = min(best[0], processor), min(best[1], clock)
    print(f"{'command':<12}{'processor s':>12}{'clock s':>10}")
    for name, (processor, clock) in least.items():
        print(f"{name:<12}{processor:>12.2f}{clock:>10.2f}")
    print(json.dumps({name: {"processor_s": round(p, 2), "clock_s": round(c, 2)} for name, (p, c) in least.items()}))


def _run(home: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Processor seconds and the clock's."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "chatbot", "--home", str(home), *command],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    clock, after = time.perf_counter() - began, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, clock


if __name__ == "__main__":
    main()
