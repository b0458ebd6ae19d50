"""The most memory an import takes, for big files of every kind: honest ones, broken ones, and ones made to do harm.

Each file is generated, imported by the command itself into a fresh home, and deleted. A file that takes longer than
``--seconds`` is stopped then, as its user would with Ctrl-C: ``grew`` is when the peak last rose, ``stored`` what was
kept until then. JSON comes last.

    python benchmarks/import_bounds.py [--mb 1000] [--seconds 240] [--kind csv_short]
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import gzip
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MB = 1_000_000
LETTERS = str.maketrans("0123456789", "bdfgklmnst")
NOTED = 5  # MB by which the peak has to rise to count
HEAD = "id,role,text\n"
PAIR = "t#,customer,My parcel ~ has not come yet and I wait for it; where is it?\nt#,agent,Parcel ~ comes on Monday.\n"
TURNS = '"turns": [{"role": "customer", "text": "Where is ~?"}, {"role": "agent", "text": "The ~ is on its way."'
LINE = f'{{"id": "c#", {TURNS}}}]}}\n'
MAIL = "The lamp ~: please write to jo~@example.com or call +44 20 7946 0958. "
SPOKEN = ", ".join(f'{{"role": "{role}", "text": "{MAIL * 100}"}}' for role in ("customer", "agent") * 250)
KEY = "k" * 3_900_000
KINDS = {  # the file's name, its beginning, and what is repeated: with # a number and ~ a word of its own
    "csv_short": ("a.csv", HEAD, PAIR),
    "csv_one_conversation": ("a.csv", HEAD, PAIR.replace("t#", "t")),
    "csv_unclosed_quote": ("a.csv", HEAD + 't,customer,"Never closed\n', PAIR),
    "csv_cell": ("a.csv", HEAD + 't,customer,"', "word word word word\n" * 99),
    "csv_cells": ("a.csv", HEAD, f"t#,customer,{MAIL * 15_000}\nt#,agent,{'<b>&lt;' * 140_000}\n"),
    "csv_ids": ("a.csv", HEAD, f"#{'0' * 900_000},customer,Where is it?\n"),
    "csv_times": ("a.csv", "at," + HEAD, f"{'1' * 900_000},t,customer,Where is it?\n"),
    "jsonl_short": ("a.jsonl", "", LINE),
    "jsonl_line": ("a.jsonl", '{"id": "c", "turns": [{"role": "customer", "text": "', "word " * 99),
    "jsonl_deep": ("a.jsonl", "", "[" * len(KEY) + "\n"),
    "jsonl_values": ("a.jsonl", "", "[" + '{"":0},' * (len(KEY) // 7) + "0]\n"),
    "jsonl_names": ("a.jsonl", "", f'{{"id": "c#", {TURNS}, "{KEY}#": 1}}]}}\n'),
    "jsonl_turns": ("a.jsonl", "", f'{{"id": "c#", "turns": [{SPOKEN}]}}\n'),
    "jsonl_articles": ("a.jsonl", "", f'{{"slug": "s#", "title": "t", "text": "~", "more": "{KEY}"}}\n'),
    "gz_swelling": ("a.jsonl.gz", "", "0" * 1000),
    "markdown": ("a.md", "# Parcels\n", "They come on Monday.\n" * 99),
}


def main() -> None:
    """Read the options, measure each kind, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mb", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--kind", action="append", choices=KINDS)
    options = parser.parse_args()
    found = {}
    for kind in options.kind or KINDS:
        with tempfile.TemporaryDirectory() as scratch:
            found[kind] = measured(written(Path(scratch), kind, options.mb * MB), options.seconds)
        print(f"{kind:<24}{json.dumps(found[kind])}", flush=True)
    print(json.dumps({"benchmark": "import_bounds", "mb": options.mb, "kinds": found}))


def written(folder: Path, kind: str, size: int) -> Path:
    """The file of a kind, of that many bytes before they are packed."""
    (name, head, unit), number = KINDS[kind], 0
    opened = functools.partial(gzip.open, compresslevel=1) if name.endswith(".gz") else open
    with opened(folder / name, "wb") as file:
        size -= file.write(head.encode())
        while size > 0:
            number += 1
            row = unit.replace("#", f"{number:015}").replace("~", str(number).translate(LETTERS))
            size -= file.write(row.encode())
    return folder / name


def measured(path: Path, seconds: float) -> dict[str, object]:
    """Import a file: the peak in MB, when it last grew, how long it took, and what is stored."""
    home, begun = path.parent / "home", time.monotonic()
    words = [sys.executable, "-m", "chatbot", "--home", str(home), "import", str(path)]
    peak, grew, stopped = 0, 0.0, False
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as command:
        while command.poll() is None:
            with contextlib.suppress(OSError, StopIteration):
                status = Path(f"/proc/{command.pid}/status").read_text(encoding="ascii").splitlines()
                now = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) // 1000
                if now >= peak + NOTED:
                    peak, grew = now, time.monotonic() - begun
            if time.monotonic() - begun > seconds and not stopped:
                stopped = True
                command.send_signal(signal.SIGINT)
            time.sleep(0.2)
    seconds = round(time.monotonic() - begun)
    with contextlib.closing(sqlite3.connect(home / "app.db")) as database:
        stored = database.execute("SELECT COUNT(*) FROM transcript").fetchone()[0]
    return {"peak_mb": peak, "grew": round(grew), "seconds": seconds, "stopped": stopped, "stored": stored}


if __name__ == "__main__":
    main()
