"""What `understudy contracts` prints and refuses; the work itself is tested in its room."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from chatbot.cli import printing
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
    assert "no earlier contract" in run(tmp_path, "rollback", exit_code=1)
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
    assert "no earlier contract" in run(tmp_path, "rollback", exit_code=1)
    assert home.current().contract == "v1"
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
    assert "v2 serves now" in run(tmp_path, "rollback")
    assert "v1 serves now" in run(tmp_path, "rollback")
    assert "cannot be read" in run(tmp_path, "promote", "v3", exit_code=1)


def test_contracts_roll_back_as_models_do(tmp_path, monkeypatch):
    """The same words, the same exit status, twice goes forward: whichever of the two a person has to undo."""
    from finetune.model import checkpoint

    monkeypatch.setattr(checkpoint, "verify", lambda _: SimpleNamespace(kind=checkpoint.REPLIES))
    home = Home(tmp_path).create()
    told = {}
    for kind, folder in (("models", home.models), ("contracts", home.contracts)):
        said = told[kind] = []

        def command(*words, kind=kind, said=said):
            result = CliRunner().invoke(app, ["--home", str(tmp_path), kind, *words])
            said.append((result.exit_code, result.output.replace(kind[:-1], "X")))

        command("rollback")
        for name in ("v1", "v2"):
            if kind == "models":
                (folder / name).mkdir()
            else:
                contract_folder.save(folder / name, replace(make(past(), MAKING), version=name))
            command("promote", name)
            command("rollback")
        command("rollback")
        command("promote", "v9")
    assert told["contracts"] == told["models"]
    assert [code for code, _ in told["models"]] == [1, 0, 1, 0, 0, 0, 1]


def test_a_promise_is_held_to_and_answering_alone_is_stopped(tmp_path):
    assert run(tmp_path, "hold") == "Promised: at most 5% wrong, 90% sure.\n"
    assert run(tmp_path, "hold", "0.1") == "Promised: at most 10% wrong, 90% sure.\n"
    assert run(tmp_path, "hold", "--sure", "0.8") == "Promised: at most 10% wrong, 80% sure.\n"
    assert "two shares" in run(tmp_path, "hold", "5", exit_code=1)
    assert "two shares" in run(tmp_path, "hold", "0", exit_code=1)
    assert run(tmp_path, "hold", "--as-set") == "Promised: at most 5% wrong, 90% sure.\n"
    run(tmp_path, "stop", "--why", "Prices changed.")
    doctor = CliRunner().invoke(app, ["--home", str(tmp_path), "doctor"], env={"COLUMNS": "400"}).output
    assert "command line has switched answering alone off" in doctor
    run(tmp_path, "resume")
    log = CliRunner().invoke(app, ["--home", str(tmp_path), "audit", "export"]).output.splitlines()
    acts = [(json.loads(line)["act"], json.loads(line)["subject"]) for line in log]
    assert acts[:5] == [*[("promise_changed", None)] * 3, ("alone_switched", "off"), ("alone_switched", "on")]


def test_who_lets_a_version_serve_is_in_the_log(tmp_path):
    home = Home(tmp_path).create()
    for name in ("v1", "v2"):
        contract_folder.save(home.contracts / name, replace(make(past(), MAKING), version=name))
        run(tmp_path, "promote", name)
    run(tmp_path, "rollback")
    run(tmp_path, "promote", "v9", exit_code=1)
    log = CliRunner().invoke(app, ["--home", str(tmp_path), "audit", "export"]).output.splitlines()
    lines = [json.loads(line) for line in log if "promoted" in line]
    assert [(each["subject"], json.loads(each["detail"])["before"]) for each in lines] == [
        ("contract v1", None),
        ("contract v2", "v1"),
        ("contract v1", "v2"),
    ]


@pytest.mark.parametrize(
    ("promoted", "judge", "writing", "advice"),
    [
        (False, "encoder", None, "what you judge yourself counts instead: understudy label."),
        (False, "encoder", {"verdict": "It does not write.", "page": "p"}, "understudy label --written."),
        (False, "person", None, ""),
        (True, "encoder", None, ""),
    ],
)
def test_who_may_judge_otherwise_is_told_where_nothing_serves(capsys, promoted, judge, writing, advice):
    figures = {**make(past(), MAKING).figures, "judged_by": {judge: 60}}
    printing.print_contract({"figures": figures, "promoted": promoted, "verdict": "So it is.", "writing": writing})
    told = " ".join(capsys.readouterr().out.split())
    assert advice in told
    assert ("understudy label" in told) is bool(advice)
