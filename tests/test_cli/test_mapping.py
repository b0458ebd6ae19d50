"""Who imports a table or JSON of no known kind is asked, or told what to do; answers are kept."""

from __future__ import annotations

import json
import os
import pty
import sys
from pathlib import Path

from tests.test_cli.conftest import run_understudy
from tests.test_data.importers.mapped.test_mapped import GERMAN, ticket


def on_terminal(answers: list[str], *words: object, cwd: Path) -> tuple[int, str]:
    """Status and output of a command on a terminal of its own, where a person answers each question."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - another process
        os.chdir(cwd)
        os.execv(sys.executable, [sys.executable, "-m", "chatbot", "--home", str(cwd / "home"), *map(str, words)])
    output, left = "", list(answers)
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        before = output
        output += piece.decode("utf-8", "replace")
        for _ in range(output.count("]: ") - before.count("]: ") + output.count("not): ") - before.count("not): ")):
            os.write(terminal, f"{left.pop(0) if left else ''}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), output


def test_a_person_is_asked_sees_what_would_be_learnt_and_keeps_the_mapping(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GERMAN)
    status, output = on_terminal([], "import", "a.csv", cwd=tmp_path)
    assert status == 0, output
    for part in ("Wo ist mein Paket", "'intern' (1 times)", "Is this right?", "Saved. Next time", "2 new"):
        assert part in output
    again = run_understudy(
        tmp_path / "home2", "import", tmp_path / "a.csv", "--mapping", tmp_path / "a.mapping.toml", "--json"
    )
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["new"] == 2


def test_a_wrong_answer_is_asked_again_and_a_preview_stores_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GERMAN)
    answers = ["x", "m", "99", "Was", "", "", "", "", "-"]
    words = ("import", "--preview", "a.csv", "--save-mapping", "kept.json")
    status, output = on_terminal(answers, *words, cwd=tmp_path)
    assert status == 0, output
    assert "There is no 'x' to choose here." in output
    assert "There is no '99' to choose here." in output
    assert not (tmp_path / "home").exists()
    kept = json.loads((tmp_path / "kept.json").read_text())
    assert kept["columns"]["note_value"] == "intern"
    assert "visibility" not in kept["columns"]


def test_without_a_terminal_the_error_has_a_mapping_that_works(tmp_path: Path) -> None:
    export = tmp_path / "b.json"
    export.write_text(json.dumps({"data": [ticket(1), ticket(2)]}))
    told = run_understudy(tmp_path / "home", "import", export)
    assert told.returncode == 1
    assert "Run the same command in a terminal to be asked" in told.stderr
    _, _, proposal = told.stderr.partition("--mapping mapping.toml.")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(proposal)
    done = run_understudy(tmp_path / "home", "import", export, "--mapping", mapping, "--preview", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["kept"] == 2
    assert "angry" not in json.dumps(found["shown"])


def test_a_mapping_that_does_not_fit_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(GERMAN)
    mapping = tmp_path / "m.toml"
    mapping.write_text('format = "csv"\n[columns]\ntext = "Body"\n')
    told = run_understudy(tmp_path / "home", "import", tmp_path / "a.csv", "--mapping", mapping)
    assert told.returncode == 1
    assert "m.toml: text: expected a column of" in told.stderr
    assert "Columns there are: Fall, Wer, Was, Wann, Sichtbar" in told.stderr
    assert "Traceback" not in told.stderr


def test_of_pairs_too_a_person_says_which_are_internal(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text(
        "Frage des Kunden;Unsere Antwort darauf;Vermerk\n"
        "Wo ist mein Paket, bitte sehr?;Es kommt morgen bei Ihnen an.;offen\n"
        "Wie ändere ich mein Passwort?;Das darf er nicht wissen, siehe Akte.;intern\n"
    )
    status, output = on_terminal(["", "", "", "Vermerk", "p", "i"], "import", "p.csv", cwd=tmp_path)
    assert status == 0, output
    assert "1 new" in output
    assert 'private_value = ["intern"]' in (tmp_path / "p.mapping.toml").read_text()
