"""The command line as a new user meets it: real files, real SQLite, the real encoder, a tiny GPT-2."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from chatbot.cli.main import app
from chatbot.cli.terminal import attempt, progress_bars
from chatbot.home import Home

SHOP = [
    ("The lid of my kettle leaks.", "Take the seal out, rinse it and press it back in until it clicks."),
    ("How long do I have to return a lamp?", "You have 30 days from delivery; the label is in your account."),
    ("Do you ship to Norway?", "Yes, to Norway in 5 working days for 12.50 EUR."),
    ("My discount code does not work.", "The code WELCOME works once and only above 20 EUR."),
    ("Can I change the delivery address?", "As long as the order is not packed we change it for you."),
    ("The grinder is stuck.", "Unplug it, turn the hopper left and brush the burrs clean."),
]


def transcript(number: int, question: str, answer: str) -> dict[str, object]:
    return {
        "id": f"t{number}",
        "language": "en",
        "turns": [
            {"role": "customer", "text": question, "author": None, "at": None},
            {"role": "agent", "text": answer, "author": "Mira", "at": None},
        ],
        "labels": {"created": f"2026-01-{number + 1:02d}"},
    }


@pytest.fixture
def transcripts(tmp_path: Path) -> Path:
    path = tmp_path / "past.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number, (question, answer) in enumerate(SHOP):
            file.write(json.dumps(transcript(number, question, answer)) + "\n")
    return path


def run(home: Path, *arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["--home", str(home), *arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def last(output: str) -> dict[str, object]:
    line = next(line for line in reversed(output.splitlines()) if line.startswith("{"))
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_help_imports_no_model_library() -> None:
    heavy = "('torch', 'transformers', 'faiss', 'fastapi', 'mcp')"
    code = f"import sys, chatbot.cli.main; sys.exit(any(module in sys.modules for module in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["chatbot", "chatbot.cli.main"])
def test_both_modules_are_the_command(tmp_path: Path, module: str) -> None:
    command = [sys.executable, "-m", module, "--home", str(tmp_path), "keys", "--help"]
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    assert said.returncode == 0
    assert "Usage:" in said.stdout


def test_importing_again_changes_nothing(tmp_path: Path, transcripts: Path) -> None:
    home = tmp_path / "home"
    first = last(run(home, "import", str(transcripts), "--json"))
    again = last(run(home, "import", str(transcripts), "--json"))
    assert (first["new"], first["unchanged"]) == (len(SHOP), 0)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, len(SHOP))


def test_broken_rows_are_told_and_the_others_come_in(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    good = json.dumps(transcript(0, *SHOP[0]))
    path.write_text(f'{good}\nnot json\n{{"id": "x"}}\n', encoding="utf-8")
    output = run(tmp_path / "home", "import", str(path), str(tmp_path / "absent.jsonl"), "--json", exit_code=3)
    result = last(output)
    assert (result["new"], result["broken"]) == (1, 3)
    said = " ".join(str(message) for message in result["messages"])  # type: ignore[attr-defined]
    for place in ("mixed.jsonl:2", "mixed.jsonl:3", "absent.jsonl"):
        assert place in said


def test_what_was_decided_of_a_file_is_told_and_what_is_unclear_asked(tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    rows = ("agent,Restart it.,public", "agent,She complains a lot.,level 2", "customer,It hangs. What now?,public")
    table = [f"7,{row},2025-03-01 1{9 - number}:00" for number, row in enumerate(rows)]
    path.write_text("ticket,role,text,visibility,at\n" + "\n".join(table) + "\n", encoding="utf-8")
    home = tmp_path / "home"
    asked = run(home, "import", str(path), exit_code=1)
    assert "'level 2'" in asked
    assert "private_value=level 2" in asked
    output = run(home, "import", str(path), "--column", "private_value=level 2", "--json")
    assert "rows newest first: turned round." in output
    result = last(output)
    assert (result["new"], result["turns_dropped"]) == (1, {"internal note": 1})
    told = " ".join(map(str, result["told"]))  # type: ignore[call-overload]
    assert "visibility: 'level 2' is internal; 'public' is public." in told


def test_turns_dropped_count_in_conversations_that_are_dropped_as_well(tmp_path: Path) -> None:
    path = tmp_path / "passers-by.jsonl"
    row = transcript(0, *SHOP[0])
    row["turns"][1]["author"] = "other"  # type: ignore[index]
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    result = last(run(tmp_path / "home", "import", str(path), "--json"))
    assert result["dropped"] == {"no agent answer": 1}
    assert result["turns_dropped"] == {"not our agent": 1}


def test_nothing_but_broken_input_fails(tmp_path: Path) -> None:
    run(tmp_path / "home", "import", str(tmp_path / "absent.jsonl"), exit_code=1)


def test_a_desk_without_anything_says_what_to_do(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for command in (["index"], ["search", "a question"], ["train"], ["tune"]):
        output = run(home, *command, exit_code=1)
        assert "understudy import" in output
        assert "Traceback" not in output
    assert "Nothing was tuned yet" in run(home, "tune", "--undo", exit_code=1)
    assert "FAIL" in run(home, "doctor", exit_code=1)


def test_what_was_tuned_can_be_undone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    Home(home).create().promote(adapter="learnt")
    assert "the encoder as it is serves now." in run(home, "tune", "--undo")
    assert Home(home).current().adapter is None
    assert "learnt serves now." in run(home, "tune", "--undo")


def test_ctrl_c_ends_long_work_between_two_steps_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []

    def work() -> None:
        with progress_bars() as report:
            for number in range(5):
                report("count", number, 5)
                done.append(number)
                if number == 2:
                    signal.raise_signal(signal.SIGINT)

    with pytest.raises(typer.Exit) as stopped:
        attempt(work)
    assert stopped.value.exit_code == 130
    assert done == [0, 1, 2]
    assert "the same command goes on from here" in capsys.readouterr().err


@pytest.mark.integration
def test_from_transcripts_to_answers(tmp_path: Path, transcripts: Path) -> None:
    home, article = tmp_path / "home", tmp_path / "bolts.md"
    article.write_text("# How to tighten the bolts of a chair\n\nUse the key that came with it.\n", encoding="utf-8")
    run(home, "import", str(transcripts), str(article), "--index")
    hits = last(run(home, "search", "water drips out of the kettle's lid", "-k", "2", "--json"))["hits"]
    assert isinstance(hits, list)
    assert hits[0]["source"] == "t0"

    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "a", "turns": [{"role": "customer", "text": "The lid of the kettle is leaking"}]},
        {"id": "b", "turns": [{"role": "customer", "text": "What is the capital of Mongolia?"}]},
        {"id": "c", "turns": [{"role": "customer", "text": "How do I tighten the bolts of the chair?"}]},
    ]
    asked.write_text("".join(json.dumps(line) + "\n" for line in lines) + "broken\n", encoding="utf-8")
    output = run(home, "answer", str(asked), str(answered), exit_code=3)
    assert "in.jsonl:4" in output
    known, unknown, told = (json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines())
    assert known["decision"] == "suggest"  # what agents answered goes out alone only under a contract
    assert known["evidence"][0]["id"].startswith("t0")
    assert unknown["decision"] == "hand_over"
    assert (told["decision"], told["reply"]) == ("answer", "Use the key that came with it.")
    assert {"id", "reply", "decision", "confidence", "mode", "evidence"} <= known.keys()

    ranked = tmp_path / "ranked.jsonl"
    candidates = [answer for _, answer in SHOP]
    asked.write_text(json.dumps({**lines[0], "candidates": candidates}) + "\n", encoding="utf-8")
    run(home, "rank", str(asked), str(ranked))
    scores = json.loads(ranked.read_text(encoding="utf-8"))["scores"]
    assert max(range(len(scores)), key=scores.__getitem__) == 0
    assert "Evidence" in run(home, "explain", "The lid of the kettle is leaking")


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_an_interrupted_batch_goes_on_where_it_stopped(tmp_path: Path, transcripts: Path) -> None:
    home = tmp_path / "home"
    run(home, "import", str(transcripts), "--index")
    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [{"id": str(n), "turns": [{"role": "customer", "text": question}]} for n, (question, _) in enumerate(SHOP)]
    broken = json.dumps({"id": "no turns"}) + "\n"
    asked.write_text(broken + "".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    # What a kill leaves behind: one whole line and half of the next.
    answered.with_name("out.jsonl.part").write_text('{"id": "0", "kept": true}\n{"id": "1", "re', encoding="utf-8")
    run(home, "answer", str(asked), str(answered), exit_code=3)
    written = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in written] == [line["id"] for line in lines]
    assert written[0] == {"id": "0", "kept": True}


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_what_a_run_on_other_questions_left_is_not_kept(tmp_path: Path, transcripts: Path) -> None:
    home = tmp_path / "home"
    run(home, "import", str(transcripts), "--index")
    asked, answered = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    line = {"id": "mine", "turns": [{"role": "customer", "text": SHOP[0][0]}]}
    asked.write_text(json.dumps(line) + "\n", encoding="utf-8")
    answered.with_name("out.jsonl.part").write_text('{"id": "another file\'s"}\n', encoding="utf-8")
    run(home, "answer", str(asked), str(answered))
    assert [json.loads(row)["id"] for row in answered.read_text(encoding="utf-8").splitlines()] == ["mine"]


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_training_writes_measures_and_promotes_a_version(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = tmp_path / "past.jsonl"
    rows = [transcript(number, f"{question} ({number})", answer) for number, (question, answer) in enumerate(SHOP * 5)]
    for number, row in enumerate(rows):
        row["labels"] = {"created": f"2026-01-{number + 1:02d}"}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run(home, "import", str(path), "--index")
    outcome = last(run(home, "train", "--minutes", "0.1", "--json"))
    desk = Home(home)
    assert (outcome["base"], outcome["method"]) == ("understudy-base", "full")
    assert "too few to tune" in outcome["encoder"]["verdict"]  # type: ignore[index]
    assert (desk.reports / f"train-{outcome['version']}.json").exists()
    assert (desk.models / str(outcome["version"])).is_dir()
    if outcome["promoted"]:
        assert desk.current().model == outcome["version"]
    listed = last(run(home, "models", "list", "--json"))
    assert outcome["version"] in listed["models"]  # type: ignore[operator]
    held_back = "Its training had held it back" in run(home, "models", "promote", str(outcome["version"]))
    assert held_back is not outcome["promoted"]
    assert ("held back after training" in run(home, "models", "list")) is held_back
    run(home, "doctor")
    (desk.models / str(outcome["version"]) / "manifest.json").write_text("garbage")
    told = run(home, "models", "list")
    assert f"* {outcome['version']}  damaged, cannot be used: " in told
