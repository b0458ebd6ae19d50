"""What a reply does: the label of the past answer it is or is nearest to, or a cluster of answers without slots."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from voice_actions import Clusters, Labels

from data.moments import Moment


class _Desk:
    """Vectors of words, each word in one of 256 directions."""

    names = ()

    def vectors(self, texts):
        rows = np.zeros((len(texts), 256), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode()) % 256] += 1
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)


def _moment(number: int, answer: str, action: str | None = None) -> Moment:
    marks = {"action": action} if action else {}
    return Moment(id=f"m{number}", conversation_id="c", turn_index=1, context=(), answer=answer, marks=marks)


PAST = [
    _moment(0, "For how many people?", "ask_size"),
    _moment(1, "Goodbye and enjoy it.", "bye"),
    _moment(2, "Goodbye and enjoy it, all of you people.", None),
]


def test_a_past_answer_has_its_own_label_and_a_written_one_the_nearest() -> None:
    labels = Labels(_Desk(), PAST)
    texts = ["For how many people?", "Goodbye then, and enjoy it.", "Goodbye and enjoy it, all of you people."]
    assert labels.of_replies(texts, ["m1", "", "m2"]) == ["bye", "bye", "bye"]
    assert labels.of_moments(PAST) == ["ask_size", "bye", None]


def test_answers_that_differ_in_their_values_are_of_one_cluster() -> None:
    past = [_moment(n, f"Please confirm a table for {n} at {n} pm.") for n in range(2, 9)]
    past += [_moment(n, f"It costs ${n} and is booked.") for n in range(2, 9)]
    clusters = Clusters(_Desk(), past)
    table, other, price = clusters.of_replies(
        [
            "Please confirm a table for 40 at 11 pm.",
            "Please confirm a table for 3 at 5 pm.",
            "It costs $99 and is booked.",
        ],
        ["", "", ""],
    )
    assert table == other != price


@pytest.mark.parametrize("desk", ["sgd", "sample", "firefox"])
def test_bars_compare_with_the_past_answer_and_on_the_shop_with_the_composed(desk: str) -> None:
    pytest.importorskip("sacrebleu")
    from voice_bars import bars

    figures = {
        "verbatim": {"chrf": 20, "cosine": 0.4, "known slots": 0.5, "same action": 0.6, "passed": 0.9},
        "composed": {"chrf": 30, "cosine": 0.5, "known slots": 0.5, "same action": 0.5, "passed": 1.0},
        "gpt2": {"chrf": 26, "cosine": 0.3, "known slots": 0.95, "same action": None, "passed": 0.96},
        "gpt2, oracle": {},
    }
    found = {name: bar["met"] for name, bar in bars(desk, {"refined": {"figures": figures}}).items()}
    expected = {
        "sgd": {"chrF of gpt2, by verbatim's": True, "known slots of gpt2": True, "gpt2 that pass their checks": True},
        "sample": {"chrF of gpt2, less composed's": False, "gpt2 that pass their checks": False},
        "firefox": {"chrF of gpt2, less verbatim's": True, "cosine of gpt2, less verbatim's": False},
    }
    assert expected[desk].items() <= found.items()
    assert not any("oracle" in name for name in found)
    assert found.get("same action of gpt2, less verbatim's", False) is False
