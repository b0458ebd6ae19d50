"""Clusters of unit vectors: Ward's tree on a sample gives starting centres, spherical k-means the rest.

Ward (1963) merges whatever raises the variance least, on the leading principal components, where the tree is as good
and several times faster; one tree gives every number of clusters. Spherical k-means (Dhillon and Modha, 2001) then
moves the centres over all vectors. Compared with other methods in docs/results/topics.md. Knows no texts and no ids.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAMPLE = 3000
"""Vectors that the tree is grown from: its memory and time go with their square."""
COMPONENTS = 50
ROUNDS = 25
MOST = 64
"""Clusters at most: a support lead reads a list of dozens, not of hundreds."""
FEWEST = 20
"""Vectors a cluster on average at least: fewer earn no threshold and no trend of their own."""
_STEPS = (0.4, 0.6, 0.8, 1.25, 1.6, 2.0, 2.5)  # other numbers that are tried, as multiples of the one suggested
_CLEARLY = 1.1
_ROOMY = 40  # vectors a cluster on average at least, where more than suggested are made: small groups look tight anyway
_SPREAD = 2.0  # standard deviations below its mean at which a cluster ends
_PART = 8192


@dataclass(frozen=True, slots=True)
class Clusters:
    """``centres`` unit rows (k, d); ``floors`` (k), the cosine down to which a vector is near its centre."""

    centres: NDArray[np.float32]
    floors: NDArray[np.float32]

    def __len__(self) -> int:
        """How many clusters."""
        return len(self.centres)


def suggested(count: int) -> int:
    """How many clusters so many vectors suggest: half their square root, so that clusters grow with a history as well.

    Too few vectors suggest 0.
    """
    return min(MOST, round(math.sqrt(count) / 2), count // FEWEST)


def found(vectors: NDArray[np.float32], seed: int) -> Clusters:
    """Clusters of unit rows, shape (n, d), without being told how many; none where there are too few vectors.

    As many as the size suggests, unless the vectors clearly fall into more or fewer groups: where the simplified
    silhouette (Hruschka et al., 2004) of a sample is a tenth higher. It is flat over any number on histories of free
    text, which is why it does not decide alone.
    """
    usual = suggested(len(vectors))
    if not usual:
        return Clusters(np.empty((0, vectors.shape[1]), dtype=np.float32), np.empty(0, dtype=np.float32))
    sample = vectors[_drawn(len(vectors), SAMPLE, seed)]
    most = max(usual, min(MOST, len(vectors) // _ROOMY))
    others = {min(most, round(usual * step)) for step in _STEPS} - {usual}
    divisions = _divisions(sample, [usual, *sorted(count for count in others if count > 2)])  # noqa: PLR2004
    scores = [_silhouette(sample, centres) for centres in divisions]
    best = int(np.argmax(scores))
    return refined(vectors, divisions[best if scores[best] >= _CLEARLY * scores[0] else 0])


def division(sample: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The centres of a sample divided into so many clusters, shape (count, d)."""
    return _divisions(sample, [count])[0]


def refined(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> Clusters:
    """The clusters that spherical k-means reaches from these centres; a centre without vectors stays where it is."""
    for _ in range(ROUNDS):
        moved = _moved(vectors, centres)
        still = bool((np.einsum("kd,kd->k", moved, centres) > 1 - 1e-6).all())
        centres = moved
        if still:
            break
    return Clusters(centres, _floors(vectors, centres))


def nearest(
    vectors: NDArray[np.float32], centres: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest centre of each vector and its cosine, both of shape (n)."""
    numbers = np.empty(len(vectors), dtype=np.int64)
    cosines = np.empty(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), _PART):
        part = vectors[start : start + _PART] @ centres.T
        numbers[start : start + _PART] = part.argmax(axis=1)
        cosines[start : start + _PART] = part.max(axis=1)
    return numbers, cosines


def members(vectors: NDArray[np.float32], clusters: Clusters) -> NDArray[np.int64]:
    """The cluster of each vector, shape (n); -1 where it is near none."""
    if not len(clusters):
        return np.full(len(vectors), -1, dtype=np.int64)
    numbers, cosines = nearest(vectors, clusters.centres)
    return np.where(cosines >= clusters.floors[numbers], numbers, -1)


def _divisions(sample: NDArray[np.float32], counts: Sequence[int]) -> list[NDArray[np.float32]]:
    """For each count the centres of a sample, shape (count, d): one Ward tree, cut, and moved by k-means."""
    from scipy.cluster.hierarchy import fcluster, linkage

    tree = linkage(_leading(sample), method="ward")
    cuts = [fcluster(tree, count, criterion="maxclust") - 1 for count in counts]
    return [refined(sample, _means(sample, cut, int(cut.max()) + 1)).centres for cut in cuts]


def _leading(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The leading principal components of the rows, shape (n, at most COMPONENTS)."""
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(centred.T @ centred)
    reduced: NDArray[np.float64] = centred @ directions[:, ::-1][:, :COMPONENTS]
    return reduced


def _moved(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    numbers, _ = nearest(vectors, centres)
    moved = _means(vectors, numbers, len(centres))
    empty = ~moved.any(axis=1)
    moved[empty] = centres[empty]
    return moved


def _means(vectors: NDArray[np.float32], numbers: NDArray[np.int64], count: int) -> NDArray[np.float32]:
    """The unit mean of each number's vectors, shape (count, d); zeros where it has none."""
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    for number in range(count):
        sums[number] = vectors[numbers == number].sum(axis=0)
    return unit(sums)


def _floors(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where each cluster ends, shape (k): two standard deviations below the mean cosine of its vectors."""
    floors = np.zeros(len(centres), dtype=np.float32)
    if not len(vectors):
        return floors
    numbers, cosines = nearest(vectors, centres)
    for number in range(len(centres)):
        own = cosines[numbers == number]
        if len(own):
            floors[number] = own.mean() - _SPREAD * own.std()
    return floors


def _silhouette(sample: NDArray[np.float32], centres: NDArray[np.float32]) -> float:
    """Mean of (b - a) / b over the rows, a and b being the distances to the nearest centre and the second nearest."""
    if len(centres) < 2:  # noqa: PLR2004
        return 0.0
    cosines = np.sort(sample @ centres.T, axis=1)[:, -2:]
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 1e-9))
    return float(np.mean(1 - distances[:, 1] / np.maximum(distances[:, 0], 1e-9)))


def _drawn(total: int, most: int, seed: int) -> NDArray[np.int64]:
    """At most so many different places of so many, in order."""
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).permutation(total)[:most])
