"""What a whole answer costs a server: processor time and memory, for the first questions and for later ones.

`serve` is started on a home of the sample shop and asked the open questions of its exam over HTTP, each in a
conversation of its own, until its answer or its hand-over is stored. Processor time is all of the server's, web and
database included, in clock ticks of 10 ms; so a figure is the mean of several answers. Memory is resident memory after
the first six. With ``--against`` another checkout is measured by turns in the same run, each on a home that it made.

    python -m benchmarks.answer_cost [--against FOLDER] [--questions 60] [--rounds 3]

Prints a table and one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, median
from typing import Any

import httpx

from benchmarks.servers import ROOT, free_port
from chatbot.learning.exam.exam_file import read_exam
from data.sample import EXAM

FIRST = 6
_PREPARE = (
    "import asyncio, sys; from pathlib import Path; from chatbot.cli import demo; "
    "from chatbot.settings import Settings; "
    "s = Settings(home=Path(sys.argv[1])); asyncio.run(demo.prepare(s)); "
    "getattr(demo, 'trained', lambda _: None)(s)"  # a checkout from before the shop came trained
)


class Served:
    """A server of some checkout on a home."""

    def __init__(self, checkout: Path, home: Path) -> None:
        """Start it and wait until it can answer."""
        port = free_port()
        began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chatbot", "--home", str(home), "serve", "--port", str(port)],
            **_in(checkout),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() - began > 120:
                raise SystemExit(f"the server of {checkout} did not start")
            time.sleep(0.2)
        time.sleep(2)  # what it does once after its start

    def _ready(self) -> bool:
        try:
            return self._client.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def cost(self, question: str) -> float:
        """Milliseconds of processor time that a question takes."""
        before = self._processor()
        begun = self._client.post("/v1/conversations", json={}).raise_for_status().json()
        path, token = f"/v1/conversations/{begun['id']}", {"Authorization": f"Bearer {begun['token']}"}
        said = {"client_id": "1", "text": question}
        self._client.post(f"{path}/messages", json=said, headers=token).raise_for_status()
        for _ in range(600):
            seen = self._client.get(path, headers=token).raise_for_status().json()
            if len(seen["messages"]) > 1:
                break
            time.sleep(0.1)
        return 1000 * (self._processor() - before)

    def memory(self) -> float:
        """Resident MiB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def stop(self) -> None:
        """As Ctrl-C does."""
        self._client.close()
        self._process.terminate()
        self._process.wait(30)

    def _processor(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, default=None, help="another checkout")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    asked = [each.turns[-1].text for each in read_exam(EXAM).questions if len(each.turns) == 1]
    asked = asked[:: max(1, len(asked) // options.questions)][: options.questions]
    checkouts = {"before": options.against.resolve()} if options.against else {}
    checkouts["now"] = ROOT
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        for name, checkout in checkouts.items():
            subprocess.run([sys.executable, "-c", _PREPARE, f"{folder}/{name}"], **_in(checkout), check=True)
        for number in range(options.rounds):
            for name, checkout in checkouts.items():
                rows[name].append(_measured(checkout, Path(folder) / name, asked))
                print(f"round {number + 1} of {options.rounds}, {name}: {rows[name][-1]}", file=sys.stderr)
    figures = {
        name: {key: round(median(row[key] for row in each), 1) for key in each[0]} for name, each in rows.items()
    }
    print(f"{'':8}" + "".join(f"{key:>24}" for key in figures["now"]))
    for name, row in figures.items():
        print(f"{name:8}" + "".join(f"{value:24.1f}" for value in row.values()))
    print(json.dumps({"benchmark": "answer_cost", "load_average": round(os.getloadavg()[0], 1), **figures}))


def _measured(checkout: Path, home: Path, asked: list[str]) -> dict[str, float]:
    server = Served(checkout, home)
    try:
        first = [server.cost(question) for question in asked[:FIRST]]
        memory = server.memory()
        later = [server.cost(question) for question in asked[FIRST:]]
        again = [server.cost(question) for question in asked[FIRST:]]
        return {
            "first question, ms": first[0],
            f"questions 2 to {FIRST}, ms": mean(first[1:]),
            "later, ms": mean(later),
            "asked again, ms": mean(again),
            "MiB after six": memory,
            "MiB at the end": server.memory(),
        }
    finally:
        server.stop()


def _middle(rows: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over the rounds."""
    return {key: round(median(row[key] for row in rows), 1) for key in rows[0]}


def _in(checkout: Path) -> dict[str, Any]:
    """What a process of a checkout is started with."""
    return {"cwd": checkout, "env": {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}}


if __name__ == "__main__":
    main()
