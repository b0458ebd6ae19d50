"""Intents by the nearest known questions, and scores of what is out of scope, for the benchmark of recall."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def intents(path: Path) -> list[tuple[str, str]]:
    """Texts and their intents; "oos" is out of scope."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [(row["text"], "oos" if row.get("oos") else row["intent"]) for row in rows]


def accuracy(scores: NDArray[np.float32], labels: NDArray[np.str_], truth: NDArray[np.str_]) -> float:
    """Share of rows whose 10 best columns, weighted by exp(20 x score), vote for the right label."""
    right = 0
    for row, label in zip(scores, truth, strict=True):
        best = np.argpartition(-row, 10)[:10]
        weights = np.exp(20 * (row[best] - row[best].max()))
        names, places = np.unique(labels[best], return_inverse=True)
        right += bool(names[np.bincount(places, weights).argmax()] == label)
    return right / len(truth)


def nearest_mean(asked: NDArray[np.float32], known: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Mean cosine with the k nearest known questions, shape (n)."""
    near = np.partition(asked @ known.T, -k, axis=1)[:, -k:]
    return np.asarray(near.mean(axis=1), dtype=np.float32)


def relative_mahalanobis(
    asked: NDArray[np.float32], known: NDArray[np.float32], labels: NDArray[np.str_]
) -> NDArray[np.float32]:
    """Minus the distance to the nearest class beyond that to all of them, shape (n).

    Ren et al. 2021, "A simple fix to Mahalanobis distance for improving near-OOD detection".
    """
    names, places = np.unique(labels, return_inverse=True)
    means = np.stack([known[places == number].mean(axis=0) for number in range(len(names))])
    ridge = 1e-4 * np.eye(known.shape[1])
    within = np.linalg.inv(np.cov((known - means[places]).T) + ridge)
    overall = np.linalg.inv(np.cov(known.T) + ridge)
    centred = asked - known.mean(axis=0)
    background = (centred @ overall * centred).sum(axis=1)
    classes = np.stack([((asked - mean) @ within * (asked - mean)).sum(axis=1) for mean in means], axis=1)
    return np.asarray(background - classes.min(axis=1), dtype=np.float32)


def scope_figures(scores: NDArray[np.float32], inside: NDArray[np.bool_]) -> dict[str, float]:
    """AUROC, and the share of out-of-scope questions refused where 95% of the others are kept."""
    from sklearn.metrics import roc_auc_score

    threshold = np.quantile(scores[inside], 0.05)
    return {"auroc": float(roc_auc_score(inside, scores)), "refused@95": float((scores[~inside] < threshold).mean())}
