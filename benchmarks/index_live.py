"""A live index under load: additions while others search it, and its searches while an index is built beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
from index_data import Data, K, timed

from data.progress import silent
from retrieval.index import nearest
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from data.progress import Report

BATCH, SEARCHERS, ADDING_SECONDS, LOADED_SECONDS = 16, 4, 10.0, 20.0


class Numbered:
    """An encoder that knows its vectors by the number a text begins with."""

    fingerprint = "numbered"

    def __init__(self, vectors: NDArray[np.float16]) -> None:
        self._vectors = vectors
        self.dimension = vectors.shape[1]

    def encode(self, texts: Sequence[str], report: Report = silent) -> NDArray[np.float32]:
        """The vectors of these texts."""
        report("encode", len(texts), len(texts))
        rows = [int(text.split(maxsplit=1)[0]) % len(self._vectors) for text in texts]
        return unit(self._vectors[rows].astype(np.float32))


def live_figures(data: Data, folder: Path) -> dict[str, float]:
    """Additions to a live index while others search it, and its searches while an index is built beside it."""
    encoder = Numbered(data.vectors)
    started = time.perf_counter()
    build_index(_passages(len(data.vectors)), encoder, folder / "index", folder / "vectors")
    built = time.perf_counter() - started
    started = time.perf_counter()
    live = LiveIndex(PassageIndex.open(folder / "index", encoder), encoder)
    opened = time.perf_counter() - started
    idle = timed(lambda question: live.view.nearest(question[None], K)[1][0], data.questions)[1]
    figures = {
        "index_build_seconds": built,
        "open_seconds": opened,
        "live_p50": float(np.percentile(idle, 50)),
        "live_p99": float(np.percentile(idle, 99)),
        "mask_p99": float(np.percentile(_mask_times(live), 99)),
        **_adding(live, data, encoder),
    }
    grown = timed(lambda question: live.view.nearest(question[None], K)[1][0], data.questions)[1]
    rebuilding, rounds = _while_rebuilding(live, data, folder)
    return {name: round(number, 2) for name, number in figures.items()} | {
        "live_p50_with_added": round(float(np.percentile(grown, 50)), 2),
        "live_p99_with_added": round(float(np.percentile(grown, 99)), 2),
        "rebuilding_p50": round(float(np.percentile(rebuilding, 50)), 2),
        "rebuilding_p99": round(float(np.percentile(rebuilding, 99)), 2),
        "searches_while_rebuilding": rounds,
    }


def _passages(count: int, start: int = 0) -> list[Passage]:
    """Numbered passages of a thousand sources, with forty words in each text from a long-tailed vocabulary."""
    words = np.minimum(np.random.default_rng(start).zipf(1.3, size=(count, 40)), 50_000).astype(str)
    return [
        Passage(
            id=f"{number}",
            kind=PassageKind.MOMENT,
            question=f"{number} {' '.join(row)}",
            answer=f"{number} {' '.join(row[::-1])}",
            source_id=f"s{number // 4}",
            language="en" if number % 2 else "fr",
            created=f"20{10 + number % 15}-01-01",
        )
        for number, row in enumerate(words, start=start)
    ]


def _mask_times(live: LiveIndex) -> list[float]:
    times = []
    filters = Filters(languages=frozenset(["en"]), before="2020-01-01", exclude_sources=frozenset(["s1", "s2"]))
    for _ in range(100):
        started = time.perf_counter()
        live.view.mask(filters)
        times.append(1000 * (time.perf_counter() - started))
    return times


def _adding(live: LiveIndex, data: Data, encoder: Numbered) -> dict[str, float]:
    """Passages a second that one writer adds while four threads search without a pause."""
    stop = Event()

    def search(thread: int) -> int:
        rounds = 0
        while not stop.is_set():
            live.view.nearest(data.questions[[(thread + rounds) % len(data.questions)]], K)
            rounds += 1
        return rounds

    added, base = 0, len(data.vectors)
    fresh = _passages(2000, base)
    vectors = encoder.encode([passage.question for passage in fresh])
    with ThreadPoolExecutor(SEARCHERS) as pool:
        searches = [pool.submit(search, thread) for thread in range(SEARCHERS)]
        started = time.perf_counter()
        while added < len(fresh) and time.perf_counter() - started < ADDING_SECONDS:
            rows = slice(added, added + BATCH)
            live.apply(fresh[rows], vectors[rows], vectors[rows], change=live.change + 1)
            added += BATCH
        seconds = time.perf_counter() - started
        stop.set()
        rounds = sum(each.result() for each in searches)
    return {"added": added, "adds_a_second": added / seconds, "searches_a_second_meanwhile": rounds / seconds}


def _while_rebuilding(live: LiveIndex, data: Data, folder: Path) -> tuple[list[float], int]:
    """Search times while another process, at the priority compaction has, builds the index again and again."""
    np.save(folder / "again.npy", data.vectors, allow_pickle=False)
    command = [sys.executable, __file__, str(folder / "again.npy")]
    nice = shutil.which("nice")
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    process = subprocess.Popen([*([nice, "-n", "15"] if nice else []), *command], env=environment)
    try:
        time.sleep(3)
        times: list[float] = []
        ends = time.perf_counter() + LOADED_SECONDS
        while time.perf_counter() < ends and process.poll() is None:
            started = time.perf_counter()
            live.view.nearest(data.questions[[len(times) % len(data.questions)]], K)
            times.append(1000 * (time.perf_counter() - started))
    finally:
        process.kill()
        process.wait()
    return times, len(times)


def _rebuild(path: Path) -> None:
    vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    while True:
        nearest.build(vectors, path.with_suffix(".faiss"))


if __name__ == "__main__":
    _rebuild(Path(sys.argv[1]))
