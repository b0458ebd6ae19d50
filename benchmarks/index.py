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
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import faiss
import numpy as np
from index_data import Data, K, timed
from index_live import live_figures

from retrieval.index import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from index_data import Search
    from numpy.typing import NDArray


CONNECTIONS, BUILD_EXPANSION = 16, 100
LADDER = (16, 32, 64, 128, 256, 512, 1024)


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
    found, times = timed(search, data.questions)
    allowed = np.flatnonzero(data.passing)
    passing_truth = allowed[nearest.exact_top(data.vectors[allowed], data.questions, K)[1]]
    passing_found, passing_times = timed(filtered, data.questions)
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


def _recall(found: Sequence[Sequence[int]], truth: NDArray[np.int64]) -> float:
    return float(
        np.mean([len({*map(int, row)} & set(right.tolist())) / K for row, right in zip(found, truth, strict=True)])
    )


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


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
    arguments = parser.parse_args()
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
