r"""The index against flat search and HNSW of faiss: build, search, filters, additions, a rebuild alongside.

One thread for all of them; the rebuild alongside takes what it gets at the priority that it has in a desk. Vectors are
real ones from a folder of ``*.vectors.npy`` (``--embeddings``), resampled to N as a + 0.4 (b - c) of three of them, so
that the noise lies where the data does; without a folder a mixture of clusters. Questions are drawn in the same way and
are not in the index. The graph is built with M 16 and efConstruction 100 and searched with the smallest ef of a
ladder that finds 98 % of the ten nearest of other questions. Prints a table and one JSON line last.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
        python benchmarks/index.py --embeddings ~/desk/embeddings [--n 100000] [--only ours]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import faiss
import numpy as np

from data.progress import silent
from retrieval.index import nearest
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.live_index import LiveIndex
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from data.progress import Report

    Search = Callable[[NDArray[np.float32]], Sequence[int]]

SEED = 0
K = 10
DIMENSION = 384
CONNECTIONS, BUILD_EXPANSION = 16, 100
LADDER = (16, 32, 64, 128, 256, 512, 1024)
QUESTIONS, TIMED = 500, 1000
SELECTIVITY = 0.01
BATCH, SEARCHERS, ADDING_SECONDS, LOADED_SECONDS = 16, 4, 10.0, 20.0


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table; times in ms unless they say otherwise."""

    name: str
    build_seconds: float
    p50: float
    p99: float
    recall: float
    bytes_per_vector: float
    filtered_p99: float
    filtered_recall: float
    setting: str


@dataclass(frozen=True, slots=True)
class Data:
    """Vectors (n, d) float16, questions (q, d), others to tune with, and which vectors pass the filter."""

    vectors: NDArray[np.float16]
    questions: NDArray[np.float32]
    tuning: NDArray[np.float32]
    passing: NDArray[np.bool_]
    made_of: str

    @classmethod
    def make(cls, count: int, embeddings: Path | None) -> Data:
        """Draw from the embeddings below a folder, or from clusters."""
        rng = np.random.default_rng(SEED)
        files = sorted(embeddings.rglob("*.vectors.npy")) if embeddings else []
        if files:
            base = np.unique(np.vstack([np.load(path, allow_pickle=False) for path in files]), axis=0)
            made_of = f"{len(base):,} real vectors, resampled"
        else:
            base = _clusters(rng)
            made_of = "a mixture of clusters"
        vectors = np.empty((count, base.shape[1]), dtype=np.float16)
        for start in range(0, count, 8192):
            vectors[start : start + 8192] = _sampled(base, min(8192, count - start), rng)
        questions = _sampled(base, 2 * QUESTIONS, rng)
        passing = rng.random(count) < SELECTIVITY
        return cls(vectors, questions[:QUESTIONS], questions[QUESTIONS:], passing, made_of)

    def parts(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """The vectors in parts as the libraries take them, each with the number of its first."""
        for start in range(0, len(self.vectors), 8192):
            yield start, unit(self.vectors[start : start + 8192].astype(np.float32))


def _clusters(rng: np.random.Generator) -> NDArray[np.float16]:
    """20,000 unit vectors around 500 centres that have few directions in common, as embeddings do."""
    directions = rng.standard_normal((64, DIMENSION))
    centres = rng.standard_normal((500, 64)) @ directions
    rows = centres[rng.integers(500, size=20_000)] + 0.7 * rng.standard_normal((20_000, 64)) @ directions
    return unit((rows + 0.2 * rng.standard_normal(rows.shape)).astype(np.float32)).astype(np.float16)


def _sampled(base: NDArray[np.float16], count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    a, b, c = (base[rng.integers(len(base), size=count)].astype(np.float32) for _ in range(3))
    return unit(a + np.float32(0.4) * (b - c))


def ours(data: Data, folder: Path) -> Figures:
    """What ``understudy index`` chooses at this size."""
    before = _resident()
    started = time.perf_counter()
    policy = nearest.build(data.vectors, folder / "ours.faiss")
    seconds = time.perf_counter() - started
    index = nearest.Nearest.open(folder / "ours.faiss", data.vectors, policy)
    own = (folder / "ours.faiss").stat().st_size + data.vectors.nbytes
    print(f"ours: {policy}, {(_resident() - before) / len(data.vectors):.0f} bytes a vector more resident", flush=True)

    def search(question: NDArray[np.float32], passing: NDArray[np.bool_] | None = None) -> Sequence[int]:
        return index.search(question[None], K, passing)[1][0]  # type: ignore[return-value]

    return _figures(
        f"ours ({policy['type']})",
        data,
        seconds,
        own,
        search,
        lambda question: search(question, data.passing),
        json.dumps({name: policy[name] for name in policy if name != "type"}),
    )


def faiss_flat(data: Data, _: Path) -> Figures:
    """Every vector compared."""
    index = faiss.IndexFlatIP(data.vectors.shape[1])
    started = time.perf_counter()
    for _start, part in data.parts():
        index.add(part)
    seconds = time.perf_counter() - started
    parameters = faiss.SearchParameters(sel=faiss.IDSelectorBitmap(np.packbits(data.passing, bitorder="little")))
    return _figures(
        "faiss flat",
        data,
        seconds,
        4 * data.vectors.size,
        lambda question: index.search(question[None], K)[1][0],
        lambda question: index.search(question[None], K, params=parameters)[1][0],
    )


def faiss_hnsw(data: Data, folder: Path) -> Figures:
    """The graph of faiss."""
    index = faiss.IndexHNSWFlat(data.vectors.shape[1], CONNECTIONS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = BUILD_EXPANSION
    started = time.perf_counter()
    for _start, part in data.parts():
        index.add(part)
    seconds = time.perf_counter() - started
    faiss.write_index(index, str(folder / "graph"))

    def search(question: NDArray[np.float32], expansion: int) -> Sequence[int]:
        return index.search(question[None], K, params=faiss.SearchParametersHNSW(efSearch=expansion))[1][0]

    expansion = _tuned(data, search)
    selector = faiss.IDSelectorBitmap(np.packbits(data.passing, bitorder="little"))
    filtered = faiss.SearchParametersHNSW(efSearch=expansion, sel=selector)
    return _figures(
        "faiss HNSW",
        data,
        seconds,
        (folder / "graph").stat().st_size,
        lambda question: search(question, expansion),
        lambda question: index.search(question[None], K, params=filtered)[1][0],
        f"ef {expansion}",
    )


CONTENDERS: dict[str, Callable[[Data, Path], Figures]] = {
    "ours": ours,
    "flat": faiss_flat,
    "faiss": faiss_hnsw,
}


def _tuned(data: Data, search: Callable[[NDArray[np.float32], int], Sequence[int]]) -> int:
    truth = nearest.exact_top(data.vectors, data.tuning, K)[1]
    for expansion in LADDER:
        if _recall([search(question, expansion) for question in data.tuning], truth) >= nearest.WANTED_RECALL:
            return expansion
    return LADDER[-1]


def _figures(
    name: str,
    data: Data,
    build_seconds: float,
    size: int,
    search: Search,
    filtered: Search,
    setting: str = "",
) -> Figures:
    truth = nearest.exact_top(data.vectors, data.questions, K)[1]
    found, times = _timed(search, data.questions)
    allowed = np.flatnonzero(data.passing)
    passing_truth = allowed[nearest.exact_top(data.vectors[allowed], data.questions, K)[1]]
    passing_found, passing_times = _timed(filtered, data.questions)
    return Figures(
        name=name,
        build_seconds=round(build_seconds, 1),
        p50=round(float(np.percentile(times, 50)), 2),
        p99=round(float(np.percentile(times, 99)), 2),
        recall=round(_recall(found, truth), 4),
        bytes_per_vector=round(size / len(data.vectors)),
        filtered_p99=round(float(np.percentile(passing_times, 99)), 2),
        filtered_recall=round(_recall(passing_found, passing_truth), 4),
        setting=setting,
    )


def _timed(search: Search, questions: NDArray[np.float32]) -> tuple[list[Sequence[int]], list[float]]:
    """What each question finds, and ms of ``TIMED`` searches after a few that warm up."""
    for question in questions[:20]:
        search(question)
    found, times = [], []
    for row in range(TIMED):
        started = time.perf_counter()
        places = search(questions[row % len(questions)])
        times.append(1000 * (time.perf_counter() - started))
        if row < len(questions):
            found.append(places)
    return found, times


def _recall(found: Sequence[Sequence[int]], truth: NDArray[np.int64]) -> float:
    return float(
        np.mean([len({*map(int, row)} & set(right.tolist())) / K for row, right in zip(found, truth, strict=True)])
    )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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
    idle = _timed(lambda question: live.view.nearest(question[None], K)[1][0], data.questions)[1]
    figures = {
        "index_build_seconds": built,
        "open_seconds": opened,
        "live_p50": float(np.percentile(idle, 50)),
        "live_p99": float(np.percentile(idle, 99)),
        "mask_p99": float(np.percentile(_mask_times(live), 99)),
        **_adding(live, data, encoder),
    }
    grown = _timed(lambda question: live.view.nearest(question[None], K)[1][0], data.questions)[1]
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
    command = [sys.executable, __file__, "--rebuild", str(folder / "again.npy")]
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


def _print(rows: Sequence[Figures]) -> None:
    columns = "{:14} {:>8} {:>7} {:>7} {:>7} {:>8} {:>9} {:>9}  {}"
    print(columns.format("", "build s", "p50 ms", "p99 ms", "recall", "bytes/v", "1% p99", "1% recall", "setting"))
    for row in rows:
        print(columns.format(*asdict(row).values()))


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=100_000, help="vectors in the index")
    parser.add_argument("--embeddings", type=Path, help="a folder with *.vectors.npy somewhere below")
    parser.add_argument("--only", nargs="*", choices=[*CONTENDERS, "live"], help="instead of all")
    parser.add_argument("--rebuild", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.rebuild:
        _rebuild(arguments.rebuild)
    faiss.omp_set_num_threads(1)
    data = Data.make(arguments.n, arguments.embeddings)
    wanted = arguments.only or [*CONTENDERS, "live"]
    print(f"{arguments.n:,} vectors of {data.vectors.shape[1]}: {data.made_of}; one thread", flush=True)
    rows, live = [], {}
    for name in wanted:
        with tempfile.TemporaryDirectory() as scratch:
            if name == "live":
                live = live_figures(data, Path(scratch))
            else:
                rows.append(CONTENDERS[name](data, Path(scratch)))
                _print(rows[-1:])
    _print(rows)
    load = os.getloadavg()[0]
    print(
        json.dumps(
            {
                "n": arguments.n,
                "data": data.made_of,
                "rows": [asdict(row) for row in rows],
                "live": live,
                "load": round(load, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
