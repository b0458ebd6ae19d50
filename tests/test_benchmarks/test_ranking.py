"""Figures of rankings, checked by hand."""

from __future__ import annotations

import pytest
from ranking import rank_of_first, ranking_figures


def test_recall_success_and_reciprocal_rank():
    relevant = {"q1": {"a", "b"}, "q2": {"c"}, "q3": {"z"}}
    runs = {"q1": ["x", "a", "a", "y", "b"], "q2": ["c"]}
    figures = ranking_figures(runs, relevant, cutoffs=(1, 3))
    assert figures == pytest.approx(
        {"recall@1": 1 / 3, "success@1": 1 / 3, "recall@3": (0.5 + 1) / 3, "success@3": 2 / 3, "mrr": (0.5 + 1) / 3}
    )


@pytest.mark.parametrize("relevant", [{}, {"q": set()}])
def test_there_must_be_something_to_find(relevant):
    with pytest.raises(ValueError, match="relevant"):
        ranking_figures({}, relevant)


def test_ranks_count_ties_against_the_first():
    assert rank_of_first([3.0, 1.0, 2.0]) == 1
    assert rank_of_first([1.0, 1.0, 2.0]) == 3
    assert rank_of_first([1.0]) == 1
