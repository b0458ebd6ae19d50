"""From a file to a searchable desk, against the loop a user would write: encode one by one, add to a flat index.

Thunderbird's latest N conversations. Ours: read, clean, mask, store, embed, write the index, all of it; the loop gets
its texts read and cleaned for free. Both in one run on a fresh home. Also how far the ETA was off. JSON comes last.

    python benchmarks/import_and_index.py [--conversations 200]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from chatbot.home import Home
from chatbot.learning.indexing import build_index
from chatbot.service.corpus.importing import import_paths
from chatbot.storage.database import open_database
from data.intake import Accepted, take
from retrieval.encoder.encoder import bundled_folder
from retrieval.passages import passages_of_conversation


def main() -> None:
    """Read the options, run both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--conversations", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lines = Path(scratch) / "tickets.jsonl"
        with gzip.open(options.datasets / "thunderbird" / "train.jsonl.gz", "rt", encoding="utf-8") as file:
            lines.write_text("".join(file.readlines()[-options.conversations :]), encoding="utf-8")
        items = [found.item for found in take([lines]) if isinstance(found, Accepted)]
        passages = [passage for item in items for passage in passages_of_conversation(item)]
        naive = naive_loop([text for passage in passages for text in (passage.question, passage.answer)])
        seconds, eta = asyncio.run(ours(Home(Path(scratch) / "home").create(), lines))
    messages = sum(len(item.turns) for item in items)
    figures = {
        "benchmark": "import_and_index",
        "messages": messages,
        "texts": 2 * len(passages),
        "ours_seconds": round(seconds, 1),
        "naive_seconds": round(naive, 1),
        "ratio": round(naive / seconds, 2),
        "messages_per_second": round(messages / seconds, 1),
        "eta_off": eta,
    }
    for name, value in figures.items():
        print(f"{name:<22}{value}")
    print(json.dumps(figures))


def naive_loop(texts: list[str]) -> float:
    """Seconds of the obvious loop, loading the model included."""
    started = time.perf_counter()
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(bundled_folder()), device="cpu", local_files_only=True)
    index = faiss.IndexFlatIP(384)
    for text in texts:
        vector = model.encode(text, normalize_embeddings=True, show_progress_bar=False)
        index.add(np.asarray(vector, dtype=np.float32)[None])
    return time.perf_counter() - started


async def ours(home: Home, path: Path) -> tuple[float, dict[str, float]]:
    """Seconds of import and index, and by which share of the time left the ETA was off at a quarter, half, three."""
    seen: list[tuple[float, float]] = []

    def report(step: str, done: int, total: int | None) -> None:
        if step == "embed" and total:
            seen.append((time.perf_counter(), done / total))

    started = time.perf_counter()
    async with open_database(home.database_url) as database:
        await import_paths(database, [path])
        await build_index(database, home, report=report)
    spent = time.perf_counter() - started
    return spent, eta_off(seen)


def eta_off(seen: list[tuple[float, float]]) -> dict[str, Any]:
    """(predicted - real time left) / real time of the step, where a quarter, half and three quarters were done."""
    begun, ended = seen[0][0], seen[-1][0]
    found = {}
    for share in (0.25, 0.5, 0.75):
        moment, done = next((each for each in seen if each[1] >= share), seen[-1])
        predicted = (moment - begun) / done * (1 - done)
        found[f"at {share:.0%}"] = round((predicted - (ended - moment)) / (ended - begun), 3)
    return found


if __name__ == "__main__":
    main()
