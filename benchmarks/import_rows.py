"""Rows a second of an import, at 8,000 rows and at ten times as many: the time should grow with the rows and no faster.

A table of short conversations of two rows each; the second rows all lie behind all first ones, so that nothing is whole
before the end of the file. Both in one run, each into a fresh home. Also the peak of memory, and when the first
progress was told and the first conversation stored. JSON comes last.

    python benchmarks/import_rows.py [--rows 8000]
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from chatbot.home import Home
from chatbot.service.corpus.importing import import_paths
from chatbot.storage.database import open_database
from chatbot.storage.queries import corpus

WORDS = ["lamp", "order", "return", "door", "hinge", "refund", "kettle", "broken", "parcel", "colour", "chair"]


def main() -> None:
    """Read the options, import both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        few, many = (measured(Path(scratch), options.rows * times) for times in (1, 10))
    figures = {
        "benchmark": "import_rows",
        "few": few,
        "many": many,
        "time_ratio_of_10x_rows": round(many["seconds"] / few["seconds"], 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    for name, value in figures.items():
        print(f"{name:<24}{value}")
    print(json.dumps(figures))


def measured(scratch: Path, rows: int) -> dict[str, float]:
    """Import a table of so many rows: seconds, rows a second, seconds to the first word of progress."""
    path = scratch / f"{rows}.csv"
    write_table(path, rows)
    begun = time.perf_counter()
    told: list[float] = []

    def report(step: str, done: int, total: int | None) -> None:
        del step, total
        if done and not told:
            told.append(time.perf_counter() - begun)

    async def work() -> int:
        async with open_database(Home(scratch / f"home-{rows}").create().database_url) as database:
            await import_paths(database, [path], report=report)
            async with database.read() as session:
                return (await corpus.size(session)).conversations

    stored = asyncio.run(work())
    seconds = time.perf_counter() - begun
    return {
        "rows": rows,
        "conversations": stored,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "first_progress_seconds": round(told[0], 2),
    }


def write_table(path: Path, rows: int) -> None:
    """Short conversations of a question and an answer; no two say the same."""
    draw = random.Random(1)
    names = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(rows // 2)]
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["ticket_id", "role", "body"])
        for role in ("customer", "agent"):
            for number, name in enumerate(names):
                table.writerow([f"T{number}", role, f"{name}: {' '.join(draw.choices(WORDS, k=8))}."])


if __name__ == "__main__":
    main()
