"""What `understudy replay` and `understudy label` take, print and refuse; the work is tested in its rooms."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chatbot.cli import label
from chatbot.cli.main import app
from chatbot.clock import real_clock
from chatbot.home import Home
from chatbot.learning.backtest.verdicts import FILE, Judgement
from chatbot.learning.contracts import make_contract as contract_run
from chatbot.learning.labelling import labelling_session
from chatbot.learning.labelling.labelling_session import LabellingSession
from chatbot.learning.replay import replay_run
from chatbot.learning.replay.replay_figures import Terms, figures
from chatbot.learning.replay.replay_page import headline, promise
from tests.test_learning.past import a_history


def run(home, *arguments, exit_code=0):
    result = CliRunner().invoke(app, ["--home", str(home), *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    return result.output


@pytest.fixture
def wishes(monkeypatch):
    """What reaches the work, which is left out."""
    reached = []
    told = figures(a_history(50), Terms(0.05, 0.9, promised=True, threshold=0.8, versions={}))

    async def replay(database, settings, wanted, *, report):
        reached.append(wanted)
        return {
            **told.to_json(),
            "headline": headline(told),
            "promise": promise(told),
            "warnings": ["Look [here]."],
            "page": "reports/replay-v1.html",
        }

    monkeypatch.setattr(replay_run, "replay", replay)
    return reached


def test_every_option_reaches_the_work_and_the_answer_comes_first(tmp_path, wishes):
    output = run(tmp_path, "replay", "--last", "50", "--since", "2026-01-01", "--minutes-per-answer", "2.5", "--json")
    assert wishes == [replay_run.ReplayOptions(last=50, since="2026-01-01", minutes=2.5)]
    lines = output.splitlines()
    assert lines[0].startswith("Of 50 past questions Understudy would have answered")
    assert "Look [here]." in output
    assert "Page: reports/replay-v1.html" in output
    assert json.loads(lines[-1])["total"]["cases"] == 50


def test_fit_makes_a_contract_first(tmp_path, wishes, monkeypatch):
    order = []

    async def make_contract(database, settings, *, report):
        order.append(len(wishes))
        return {"verdict": "v2 serves now."}

    monkeypatch.setattr(contract_run, "make_contract", make_contract)
    assert run(tmp_path, "replay", "--fit").startswith("v2 serves now.")
    assert order == [0]
    assert len(wishes) == 1


def test_an_empty_home_is_told_what_to_do(tmp_path):
    for command in ("replay", "label"):
        output = run(tmp_path, command, exit_code=1)
        assert "understudy index" in output
    assert "understudy index" in run(tmp_path, "replay", "--fit", exit_code=1)


def test_labelling_says_in_the_end_what_was_judged(tmp_path, monkeypatch):
    cases = tuple(a_history(40, threshold=0.0))
    made = LabellingSession(Home(tmp_path).path / FILE, cases, real_clock().now)

    async def open_session(database, settings, *, count, written, report):
        assert (count, written) == (40, True)
        return made

    def serve(settings, given, port):
        assert (given, port) == (made, 0)
        for case in cases:
            given.record(case.id, Judgement.GOOD)

    monkeypatch.setattr(labelling_session, "open_session", open_session)
    monkeypatch.setattr(label, "_serve_labelling", serve)
    output = run(tmp_path, "label", "-n", "40", "--written", "--json")
    assert "40 good, 0 wrong, 0 unsure. Of 40 that would be sent alone 0 are wrong: at most 6% wrong" in output
    assert json.loads(output.splitlines()[-1])["judged"] == 40
