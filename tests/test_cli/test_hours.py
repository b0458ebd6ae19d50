"""`understudy hours`: shown, laid down, told of none; recorded."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_HOURS", "Mon-Fri 09:00-17:00 UTC")

    def command(*words, fails=False):
        result = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), *words])
        assert (result.exit_code != 0) == fails, result.output
        return result.output

    return command


def test_hours_are_laid_down_instead_of_those_of_the_settings(run):
    assert run("hours", "show") == "Mon-Fri 09:00-17:00 UTC\nFrom UNDERSTUDY_HOURS.\n"
    told = run("hours", "set", "Sat 10:00-14:00 Europe/Berlin closed 2026-12-26", "--json").splitlines()
    assert told[0] == "Sat 10:00-14:00 Europe/Berlin closed 2026-12-26"
    assert json.loads(told[-1])["by"] == "command line"
    assert run("hours", "show").startswith(f"{told[0]}\nLaid down by command line, ")
    assert "Write hours such as" in run("hours", "set", "Sat 10-14", fails=True)
    assert run("hours", "set", "").startswith("Customers are told of no hours.\n")
    acts = [json.loads(line)["act"] for line in run("audit", "export").splitlines()]
    assert acts[:2] == ["hours_changed", "hours_changed"]
