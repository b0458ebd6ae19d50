from __future__ import annotations

import json

import numpy as np
import pytest

from chatbot.dialogue.rank.scope import Scope, fit_scope
from data import out_of_scope

FIELDS = [f"field {number % 10}" for number in range(100)]


def _around(draw, centre, count, spread=0.15):
    rows = centre + spread * draw.normal(size=(count, len(centre)))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def desk():
    """The desk's questions, those of ten other fields, and the centres they lie around."""
    draw = np.random.default_rng(0)
    centres = np.eye(16, dtype=np.float32)[:11]
    others = np.concatenate([_around(draw, centres[1 + number % 10], 1) for number in range(100)])
    return _around(draw, centres[0], 200), others, centres, draw


def test_questions_of_a_field_never_seen_are_told_from_the_desks_own(desk):
    own, others, centres, draw = desk
    found = fit_scope(own, [f"c{number // 2}" for number in range(200)], others, FIELDS)
    assert np.mean(found.own > 0) > 0.95
    assert np.mean(found.elsewhere > 0) < 0.05
    assert found.scope.log_odds(_around(draw, centres[0], 50)).min() > found.scope.log_odds(others).mean()
    assert np.mean(found.scope.log_odds(_around(draw, np.eye(16)[15], 50)) < found.own.mean()) == 1


def test_what_is_left_of_a_question_is_not_what_it_was_fitted_on(desk):
    own, _, _, draw = desk
    noise = _around(draw, np.zeros(16), 100, 1.0)
    found = fit_scope(own, [f"c{number}" for number in range(200)], noise, FIELDS)
    seen, unseen = found.scope.log_odds(noise[found.kept]), found.elsewhere
    assert seen.mean() < unseen.mean()


def test_the_desks_own_field_is_in_scope(desk):
    own, others, centres, draw = desk
    others[::10] = _around(draw, centres[0], 10)  # field 0 is asked what the desk is asked
    found = fit_scope(own, [f"c{number}" for number in range(200)], others, FIELDS)
    assert {FIELDS[place] for place in found.kept} == {*FIELDS} - {"field 0"}
    assert len(found.elsewhere) == len(found.kept) == 90


def test_where_every_field_is_the_desks_own_there_is_no_scope(desk):
    _, others, centres, draw = desk
    own = np.concatenate([_around(draw, centre, 200) for centre in centres[1:]])
    with pytest.raises(ValueError, match="own"):
        fit_scope(own, [f"c{number}" for number in range(len(own))], others, FIELDS)


def test_it_is_stored_as_json(desk):
    own, others, _, _ = desk
    scope = fit_scope(own, [f"c{number}" for number in range(200)], others, FIELDS).scope
    again = Scope.from_json(json.loads(json.dumps(scope.to_json())))
    assert again.log_odds(own) == pytest.approx(scope.log_odds(own), abs=1e-3)
    for broken in ({"weights": [[1.0]], "intercept": 0.0}, {"weights": [float("nan")], "intercept": 0.0}):
        with pytest.raises(ValueError, match="finite"):
            Scope.from_json(broken)


def test_the_questions_of_others_are_many_and_all_different():
    rows = out_of_scope.questions()
    assert len(rows) > 900
    assert len({row.text.casefold() for row in rows}) == len(rows)
    assert len({row.field for row in rows}) > 30
