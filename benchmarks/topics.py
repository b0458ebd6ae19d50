"""Topics: how clusters meet labelled intents, how topics outlive new questions, and what they leave out.

    python benchmarks/topics.py --work FOLDER [--index INDEX_FOLDER] [--limit 3000] [--clusters 64]

Intents: questions of banking77 and clinc150, clustered by each method with one number of clusters, and by ours with the
number it chooses; out-of-scope questions take no part. Stability, on both and on the index of a desk: topics of 95 % of
the questions (drawn, and the oldest) are found again with all of them; which ids are kept, and how many of the
questions that had a topic have the same one. The rest: topics of every second question; how many of the others, and of
foreign questions, are near none. Prints tables and one JSON line last; vectors are kept under FOLDER.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

from chatbot.service.corpus.topics import history_of
from retrieval.encoder.encoder import SentenceEncoder
from retrieval.encoder.vector_cache import VectorCache
from retrieval.index.snapshot import PassageIndex
from retrieval.search.retriever import Retriever
from retrieval.topics import clusters
from retrieval.topics.discovery import History, discover

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

INTENTS = ("banking77", "clinc150")
ON = "2026-01-01"
SHARE = 0.95


@dataclass(frozen=True, eq=False)
class Labelled:
    """Questions with their unit vectors (n, d), the number of each one's intent (n), and which are in scope (n)."""

    texts: list[str]
    vectors: NDArray[np.float32]
    intents: NDArray[np.int64]
    known: NDArray[np.bool_]

    def history(self, encoder: str) -> History:
        """As a history without dates."""
        count = len(self.texts)
        unknown = np.full(count, np.iinfo(np.int64).min)
        return History(
            encoder, self.vectors, self.texts, [str(place) for place in range(count)], [None] * count, unknown
        )


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("UNDERSTUDY_DATASETS", str(Path(__file__).resolve().parents[2] / "shared" / "datasets"))
    parser.add_argument("--datasets", type=Path, default=Path(default))
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--index", type=Path, help="an index folder, for a desk's own questions")
    parser.add_argument("--limit", type=int, default=3000)
    parser.add_argument("--clusters", type=int, default=64)
    options = parser.parse_args()
    encoder = SentenceEncoder.load()
    cache = VectorCache(options.work / "embeddings", encoder)
    labelled = {name: _labelled(options.datasets / name / "train.jsonl.gz", options.limit, cache) for name in INTENTS}
    histories = {name: each.history(encoder.fingerprint) for name, each in labelled.items()}
    if options.index:
        histories["desk"] = history_of(Retriever(PassageIndex.open(options.index, encoder), encoder))
    figures: dict[str, Any] = {"intents": {}, "stability": {}, "rest": {}}
    for name, each in labelled.items():
        figures["intents"][name] = _compared(name, each, options.clusters)
    for name, history in histories.items():
        figures["stability"][name] = _stability(name, history)
    for name, history in histories.items():
        foreign = {other: each.vectors for other, each in labelled.items() if other != name}
        figures["rest"][name] = _rest(name, history, foreign)
    print(json.dumps(figures))


def _labelled(path: Path, limit: int, cache: VectorCache) -> Labelled:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    rows = [rows[place] for place in sorted(np.random.default_rng(0).permutation(len(rows))[:limit])]
    texts = [row["text"] for row in rows]
    cache.fill(texts)
    _, intents = np.unique([row["intent"] or "" for row in rows], return_inverse=True)
    return Labelled(texts, cache.read(texts), intents, np.array([not row["oos"] for row in rows]))


def _compared(name: str, data: Labelled, count: int) -> list[dict[str, Any]]:
    vectors = data.vectors
    leading = PCA(clusters.COMPONENTS, random_state=0).fit_transform(vectors)
    sample = vectors[: clusters.SAMPLE]

    def tree_then_means() -> NDArray[np.int64]:
        centres = clusters.division(sample, count)
        return clusters.nearest(vectors, clusters.refined(vectors, centres).centres)[0]

    def ours() -> NDArray[np.int64]:
        return clusters.nearest(vectors, clusters.found(vectors, 0).centres)[0]

    methods: dict[str, Callable[[], NDArray[np.int64]]] = {
        "k-means": lambda: KMeans(count, n_init=3, random_state=0).fit_predict(vectors),
        "k-means in small batches": lambda: MiniBatchKMeans(count, n_init=3, random_state=0).fit_predict(vectors),
        "average linkage, cosine": lambda: AgglomerativeClustering(
            count, metric="cosine", linkage="average"
        ).fit_predict(vectors),
        "Ward": lambda: AgglomerativeClustering(count).fit_predict(vectors),
        "HDBSCAN, at least 10": lambda: HDBSCAN(min_cluster_size=10, min_samples=5, copy=True).fit_predict(leading),
        "HDBSCAN, at least 20": lambda: HDBSCAN(min_cluster_size=20, min_samples=5, copy=True).fit_predict(leading),
        "Ward, then spherical k-means": tree_then_means,
        "the same, number chosen": ours,
    }
    print(f"\n{name}: {len(vectors)} questions, {len(set(data.intents[data.known].tolist()))} intents")
    rows = []
    for method, run in methods.items():
        began = time.perf_counter()
        row = {"method": method, **_scores(data, run()), "seconds": round(time.perf_counter() - began, 1)}
        print("  {method:<30} {clusters:>4}  NMI {nmi:.3f}  AMI {ami:.3f}  ARI {ari:.3f}  purity {purity:.3f}  "
              "rest {rest:.2f}  {seconds} s".format(**row), flush=True)  # fmt: skip
        rows.append(row)
    return rows


def _scores(data: Labelled, found: NDArray[np.int64]) -> dict[str, float]:
    """Agreement with the intents; what is in no cluster counts as one more, and for purity as wrong."""
    true, given = data.intents[data.known], found[data.known]
    pure = sum(int(np.bincount(true[given == number]).max()) for number in set(given.tolist()) - {-1})
    return {
        "clusters": len(set(given.tolist()) - {-1}),
        "nmi": float(normalized_mutual_info_score(true, given)),
        "ami": float(adjusted_mutual_info_score(true, given)),
        "ari": float(adjusted_rand_score(true, given)),
        "purity": pure / len(true),
        "rest": float(np.mean(given < 0)),
    }


def _stability(name: str, whole: History) -> dict[str, dict[str, float]]:
    count = int(len(whole) * SHARE)
    parts = {"drawn": np.sort(np.random.default_rng(1).permutation(len(whole))[:count])}
    if (whole.times > np.iinfo(np.int64).min).any():
        parts["oldest"] = np.sort(np.argsort(whole.times, kind="stable")[:count])
    runs = [
        (f"{part}{' afresh' if afresh else ''}", places, afresh)
        for part, places in parts.items()
        for afresh in (False, True)
    ]
    found = {}
    for label, places, afresh in runs:
        before = discover(_part(whole, places), None, ON)
        after = discover(whole, before, ON, seed=1, afresh=afresh)
        old = {topic.id for topic in before.topics}
        pairs = zip(before.assign(whole.vectors[places]), after.assign(whole.vectors[places]), strict=True)
        same = [was == now for was, now in pairs if was is not None]
        ids = len(old & {topic.id for topic in after.topics}) / max(1, len(old))
        found[label] = {"topics": len(before), "ids kept": ids, "questions kept": float(np.mean(same))}
        print(
            f"  {name:<10} {label:<14} {len(before):>3} topics  ids kept {ids:.3f}  questions {np.mean(same):.3f}",
            flush=True,
        )
    return found


def _rest(name: str, whole: History, foreign: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    topics = discover(_part(whole, np.arange(0, len(whole), 2)), None, ON)
    asked = {"its own": whole.vectors[1::2], **foreign}
    shares = {other: float(np.mean(topics.numbers(vectors) < 0)) for other, vectors in asked.items()}
    print(
        f"  {name:<10} near no topic: " + "  ".join(f"{other} {share:.3f}" for other, share in shares.items()),
        flush=True,
    )
    return shares


def _part(whole: History, places: NDArray[np.int64]) -> History:
    return History(
        whole.encoder,
        whole.vectors[places],
        [whole.texts[place] for place in places],
        [whole.sources[place] for place in places],
        [whole.languages[place] for place in places],
        whole.times[places],
    )


if __name__ == "__main__":
    main()
