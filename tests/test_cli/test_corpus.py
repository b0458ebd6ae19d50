"""forget, retire, restore and retired, as an editor uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_cli.test_main import (
    SHOP,
    last,
    run,
    transcripts,  # noqa: F401 - a fixture
)


@pytest.fixture
def home(tmp_path: Path, transcripts: Path) -> Path:  # noqa: F811
    run(tmp_path / "home", "import", str(transcripts))
    return tmp_path / "home"


def test_forget(home: Path, transcripts: Path) -> None:  # noqa: F811
    assert "nothing was forgotten" in run(home, "forget", "t0", "t99", exit_code=1)
    assert last(run(home, "forget", "t0", "t1", "--json"))["forgotten"] == 2
    again = last(run(home, "import", str(transcripts), "--json"))
    assert (again["new"], again["unchanged"]) == (2, len(SHOP) - 2)


def test_retire_restore_and_the_list(home: Path) -> None:
    assert "Nothing is retired" in run(home, "retired")
    assert "understudy search" in run(home, "retire", "t0:1", "t0:7", exit_code=1)
    run(home, "retire", "t0:1", "t1:1", "--reason", "The seal is another one now.")
    listed = last(run(home, "retired", "--json"))["retired"]
    assert [row["id"] for row in listed] == ["t0:1", "t1:1"]  # type: ignore[attr-defined]
    assert "The seal is another one now." in run(home, "retired")
    run(home, "restore", "t1:1")
    assert "understudy retired" in run(home, "restore", "t1:1", exit_code=1)
    assert "t1:1" not in run(home, "retired")
    exported = run(home, "audit", "export")
    told = [
        (one["act"], one["subject"]) for one in map(json.loads, exported.splitlines()) if one["via"] == "command line"
    ]
    assert told == [("retired", "t0:1"), ("retired", "t1:1"), ("restored", "t1:1")]


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_what_is_retired_or_forgotten_is_not_found_without_indexing_again(home: Path) -> None:
    run(home, "index")
    question = "water drips out of the kettle's lid"
    assert sources(home, question)[0] == "t0"
    run(home, "retire", "t0:1")
    assert "t0" not in sources(home, question)
    run(home, "restore", "t0:1")
    run(home, "forget", "t1")
    assert sources(home, question)[0] == "t0"
    assert "t1" not in sources(home, question)
    assert "ok    index" in run(home, "doctor", exit_code=0)


def sources(home: Path, question: str) -> list[str]:
    hits = last(run(home, "search", question, "-k", "9", "--json"))["hits"]
    return [hit["source"] for hit in hits]  # type: ignore[attr-defined]
