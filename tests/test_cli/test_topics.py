"""The topics commands, as a support lead uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatbot.home import Home
from tests.test_cli.test_main import last, run
from tests.test_retrieval.topics.test_discovery import history, mixed

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    from retrieval.topics.discovery import discover
    from retrieval.topics.topic_file import write_topics

    home = Home(tmp_path / "home").create()
    write_topics(discover(history(mixed(400)), None, "2026-01-01"), home.topics)
    return home.path


def test_a_desk_without_topics_says_what_to_do(tmp_path: Path) -> None:
    assert "understudy topics discover" in run(tmp_path / "home", "topics", exit_code=1)
    assert "understudy i" in run(tmp_path / "home", "topics", "discover", exit_code=1)


def test_the_list(desk: Path) -> None:
    output = run(desk, "topics", "--json")
    listed = last(output)
    rows: list[dict[str, object]] = listed["topics"]  # type: ignore[assignment]
    assert sum(int(str(row["questions"])) for row in rows) == listed["questions"] == 400
    assert [row["name"] for row in rows][-1] == "other"
    assert len(rows[0]["examples"]) == 3  # type: ignore[arg-type]
    assert "please where is my" in output.rpartition("{")[0]
    assert "please where is my" not in run(desk, "topics", "--no-examples")


def test_rename_and_merge(desk: Path) -> None:
    assert "t1 is called Where is it now." in run(desk, "topics", "rename", "t1", "Where is it")
    assert "(Where is it) now" in run(desk, "topics", "merge", "t2", "t1")
    output = run(desk, "topics")
    assert "Where is it" in output
    assert "now in t1" in output
    assert "Near it" in run(desk, "topics", "rename", "t77", "x", exit_code=1)
    assert "merged into t1" in run(desk, "topics", "rename", "t2", "x", exit_code=1)


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_topics_of_an_imported_desk(tmp_path: Path) -> None:
    asked = ("Where is my parcel, order {}?", "I want my money back for order {}.", "The kettle {} leaks at the lid.")
    lines = [
        {
            "id": f"c{number}",
            "language": "en",
            "turns": [
                {"role": "customer", "text": asked[number % 3].format(number), "author": None, "at": None},
                {"role": "agent", "text": f"We look after {number} today.", "author": "Mira", "at": None},
            ],
            "labels": {"created": "2026-01-02"},
        }
        for number in range(90)
    ]
    path = tmp_path / "past.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    home = tmp_path / "home"
    run(home, "import", str(path), "--index")
    first = last(run(home, "topics", "discover", "--json"))
    assert first["topics"]
    again = last(run(home, "topics", "discover", "--json"))
    assert (again["new"], again["gone"]) == ([], [])
