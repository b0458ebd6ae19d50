"""What `understudy contracts` prints and refuses; the work itself is tested in its room."""

from __future__ import annotations

import json
from dataclasses import replace

from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.home import Home
from chatbot.learning.contracts.fit_contract import make
from chatbot.service.serving import contract_versions as contract_folder
from tests.test_learning.contracts.test_fit_contract import MAKING, past


def run(home, *arguments, exit_code=0):
    result = CliRunner().invoke(app, ["--home", str(home), "contracts", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    return result.output


def test_a_desk_without_contracts_says_how_to_make_one(tmp_path):
    assert "understudy contracts fit" in run(tmp_path, "list")
    assert "no contract yet" in run(tmp_path, "rollback", exit_code=1)
    assert "understudy index" in run(tmp_path, "fit", exit_code=1)
    assert "contracts list" in run(tmp_path, "promote", "v1", exit_code=1)


def test_a_contract_cannot_name_an_adapter_elsewhere(tmp_path):
    home = Home(tmp_path).create()
    for name, adapter in (("v1", "../../elsewhere"), ("v2", "/etc"), ("v3", 7)):
        made = make(past(), replace(MAKING, fitted_with={"index": "one", "adapter": adapter}))
        contract_folder.save(home.contracts / name, replace(made, version=name))
        assert "no version's name" in run(tmp_path, "promote", name, exit_code=1)


def test_versions_are_listed_promoted_and_rolled_back(tmp_path):
    home = Home(tmp_path).create()
    contract = make(past(), MAKING)
    for name in ("v1", "v2", "v3"):
        contract_folder.save(home.contracts / name, replace(contract, version=name))
    (home.contracts / "v3" / "contract.json").write_text("{")
    run(tmp_path, "promote", "v1")
    assert "v2 serves now" in run(tmp_path, "promote", "v2")
    *lines, last = run(tmp_path, "list", "--json").splitlines()
    assert json.loads(last) == {"serving": "v2", "previous": "v1", "contracts": ["v1", "v2", "v3"]}
    first, second, third = lines
    assert first.startswith("  v1  Promised: at most 5% wrong, 90% sure")
    assert first.endswith("(roll back goes here)")
    assert second.startswith("* v2")
    assert "cannot be read" in third
    assert "v1 serves now" in run(tmp_path, "rollback")
    assert home.current().contract == "v1"
    assert "cannot be read" in run(tmp_path, "promote", "v3", exit_code=1)
