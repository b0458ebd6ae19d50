"""The held-out share is stable and near what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.split import held_out

FRACTIONS = st.floats(0, 1)


def test_the_hash_split_is_fixed_for_ever():
    names = [f"c{number}" for number in range(20)]
    assert [name for name in names if held_out(name, 0.2)] == ["c1", "c11"]
    assert sum(held_out(f"c{number}", 0.1) for number in range(10_000)) == pytest.approx(1000, abs=100)
    assert [name for name in names if held_out(name, 0.2, "other")] != ["c1", "c11"]


@given(name=st.text(), small=FRACTIONS, large=FRACTIONS, salt=st.text(max_size=3))
def test_a_larger_share_holds_the_smaller(name, small, large, salt):
    small, large = sorted((small, large))
    assert held_out(name, large, salt) or not held_out(name, small, salt)
    assert not held_out(name, 0, salt)
    assert held_out(name, 1, salt)
