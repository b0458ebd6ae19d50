"""`understudy write`, `pairs` and `train --pairs` as somebody new types them; the work is tested in its rooms."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.dialogue.answer import CheckResult
from chatbot.dialogue.write.writer import Written
from chatbot.home import Home
from chatbot.learning.training import pairs_run
from chatbot.service.serving import writers
from finetune.pair_prompt import Brief
from tests.test_learning.training_desk import PLACES, THINGS, tiny_base

GOOD = Written("It sleeps.", 0, -1.0)
BAD = Written("It sleeps at 7.", 1, -1.0, (CheckResult("numbers", passed=False, detail="7"),))


def run(home, *words, exit_code=0, stdin=None):
    result = CliRunner().invoke(app, ["--home", str(home), *map(str, words)], input=stdin, env={"COLUMNS": "200"})
    assert result.exit_code == exit_code, result.output
    return result


@pytest.fixture
def asked(monkeypatch):
    """A writer of given texts; what it was asked to write."""

    class Told:
        texts = (GOOD, BAD)
        wishes: tuple
        unread_words = 0

        def unread(self, brief):
            return self.unread_words

        def write(self, brief, *, report, **options):
            self.wishes = (brief, options)
            return list(self.texts)

    told = Told()
    monkeypatch.setattr(writers, "chosen", lambda home, name: name or "newest")
    monkeypatch.setattr(writers, "tones", lambda home, name: ("warm",))
    monkeypatch.setattr(writers, "load", lambda home, name: told)
    return told


def test_every_wish_reaches_the_writer(tmp_path, asked):
    (tmp_path / "facts.txt").write_text("It is 7.")
    options = ("--from", "mine", "--tone", "Warm", "--variants", 2, "--evidence", tmp_path / "facts.txt", "--seed", 5)
    run(tmp_path, "write", " A cat. ", "--length", "Short", *options, exit_code=4)
    assert asked.wishes == (Brief("A cat.", "short", "warm", ["It is 7."]), {"words": None, "variants": 2, "seed": 5})
    run(tmp_path, "write", "-", "--length", "40", stdin="A dog.\n", exit_code=4)
    assert asked.wishes == (Brief("A dog.", None, None, []), {"words": 40, "variants": 1, "seed": 0})


def test_the_words_go_to_stdout_and_what_failed_beside(tmp_path, asked):
    said = run(tmp_path, "write", "A cat.", "--variants", 2, exit_code=4)
    assert said.stdout == "It sleeps.\nIt sleeps at 7.\n"
    assert said.stderr == "--- 1\n--- 2\n    not passed: numbers (7)\n"
    asked.texts = (GOOD,)
    assert run(tmp_path, "write", "A cat.").output == "It sleeps.\n"


def test_one_line_of_json(tmp_path, asked):
    said = json.loads(run(tmp_path, "write", "A cat.", "--json", exit_code=4).stdout)
    assert (said["writer"], said["outline"]) == ("newest", "A cat.")
    assert [each["failed"] for each in said["texts"]] == [[], [{"name": "numbers", "detail": "7"}]]


def test_an_outline_that_is_cut_is_told(tmp_path, asked):
    asked.texts, asked.unread_words = (GOOD,), 1200
    said = run(tmp_path, "write", "A cat.")
    assert said.stdout == "It sleeps.\n"
    assert "too long for newest: the last 1,200 words are not read." in said.stderr


def test_nothing_written_is_told(tmp_path, asked):
    asked.texts = ()
    assert "The writer wrote nothing." in run(tmp_path, "write", "A cat.", exit_code=4).stderr


def test_an_unknown_tone_is_told_and_tried(tmp_path, asked):
    asked.texts = (GOOD,)
    said = run(tmp_path, "write", "A cat.", "--tone", "cold")
    assert said.stderr == "newest has not learnt the tone 'cold' (it knows warm); it may not heed it.\n"
    assert said.stdout == "It sleeps.\n"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("write", "A cat."), 1, "There is no writer yet: `understudy train --pairs FILE` makes one"),
        (("write", " "), 1, "The outline is empty: say what the text is about"),
        (("write", "-"), 1, "stdin is empty: say what the text is about"),
        (("write", "A cat.", "--length", "huge"), 2, "'huge' is neither short, medium, long nor a number of words"),
        (("write", "A cat.", "--length", "0"), 2, "nor a number of words up to 2,000"),
        (("write", "A cat.", "--evidence", "gone.txt"), 1, "No such file or directory at gone.txt"),
        (("write",), 2, "Missing argument"),
        (("pairs", "answers", "out.jsonl"), 1, "There is nothing to make pairs of: no transcript is imported"),
        (("pairs", "poems", "out.jsonl"), 2, "'poems' is not one of 'sections', 'titles', 'macros', 'answers'"),
        (("train", "--pairs", "gone.jsonl"), 1, "gone.jsonl: there is no such file; expected"),
        (("train", "--pairs", "."), 1, ".: that is a folder; expected"),
        (("train", "--pairs-from", "macros"), 1, "no macro is shared with the desk"),
        (("train", "--pairs", "a.jsonl", "--pairs-from", "macros"), 2, "a file or what the pairs are made of"),
        (("train", "--name", "mine"), 2, "it names a writer, which --pairs or --pairs-from trains"),
    ],
)
def test_in_an_empty_folder_each_sentence_says_what_to_do(tmp_path, monkeypatch, words, status, told):
    monkeypatch.chdir(tmp_path)
    said = run(tmp_path / "var", *words, exit_code=status, stdin="")
    assert told in " ".join(said.output.replace("│", " ").split())
    assert "Traceback" not in said.output


@pytest.mark.integration
def test_from_a_file_to_a_text(tmp_path):
    rows = [
        {"outline": f"A {thing} from {place}.", "text": f"Your {thing} comes from {place}."}
        for thing in THINGS
        for place in PLACES
    ]
    path = tmp_path / "my things.jsonl"
    path.write_text("\n".join(["{", *map(json.dumps, rows)]))
    home = tmp_path / "var"
    options = ("--minutes", "0.5", "--max-tokens", "96", "--epochs", "3", "--base", tiny_base(tmp_path / "base"))
    said = run(home, "train", "--pairs", path, *options, "--json", exit_code=3)
    assert f"{path}:1: not JSON" in said.stderr
    assert "my things.jsonl: 30 pairs, 1 left out." in said.stderr
    assert 'Next: understudy write --from my-things "…"' in said.stdout
    outcome = json.loads(said.stdout.splitlines()[-1])
    assert (outcome["writer"], outcome["epochs"]) == ("my-things", 3)
    listed = run(home, "models", "list", "--json").stdout
    assert "Writers, which make texts of outlines (understudy write) and never answer customers:\n  my-things" in listed
    assert json.loads(listed.splitlines()[-1]) == {
        "serving": None,
        "previous": None,
        "models": [],
        "writers": ["my-things"],
    }
    written = CliRunner().invoke(app, ["--home", str(home), "write", "A lamp from Oslo.", "--json"])
    assert written.exit_code in {0, 4}
    assert json.loads(written.stdout)["writer"] == "my-things"
    assert "There is a writer 'my-things' already" in run(home, "train", "--pairs", path, exit_code=1).stderr
    (Home(home).models / "writers" / "my-things" / "manifest.json").write_text("{")
    assert "  my-things  damaged, cannot be used: " in run(home, "models", "list").stdout
    assert (
        "The writer 'my-things' is damaged" in run(home, "write", "A lamp.", "--from", "my-things", exit_code=1).stderr
    )


def test_without_epochs_few_pairs_are_passed_over_often(tmp_path, monkeypatch):
    seen = []

    def train_writer(home, source, name, settings, *, many, report):
        seen.append((name, many, settings.epochs))
        raise KeyboardInterrupt

    monkeypatch.setattr(pairs_run, "train_writer", train_writer)
    path = tmp_path / "a.b.jsonl"
    path.write_text('{"outline": "A", "text": "B"}')
    for options in ((), ("--epochs", "4", "--name", "mine")):
        CliRunner().invoke(app, ["--home", str(tmp_path), "train", "--pairs", str(path), *options])
    assert seen == [("a", True, 4), ("mine", False, 4)]
