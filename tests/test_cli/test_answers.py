"""`understudy answers`: a desk's articles with their questions, what agents say alike, what nothing answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.test_cli.test_main import last, run

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = "---\ntitle: Muslin cloths\nquestions: do you do nappies? | for a baby\n---\nUnbleached muslin by the metre."
PAST = [
    ("what do the cloths cost and are they bleached?", "The muslin is unbleached, and we sell it by the metre."),
    ("what temperature for sencha?", "Sencha is happiest at 70 degrees for two minutes."),
]


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_the_inventory_is_listed_and_an_added_question_finds_its_article(tmp_path: Path) -> None:
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "cloths.md").write_text(ARTICLE, encoding="utf-8")
    lines = [
        {"id": f"c{number}", "turns": [{"role": "customer", "text": asked}, {"role": "agent", "text": told}]}
        for number, (asked, told) in enumerate(PAST)
    ]
    past, home = tmp_path / "past.jsonl", tmp_path / "home"
    past.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert "understudy i" in run(home, "answers", exit_code=1)
    run(home, "import", str(tmp_path / "help"), str(past), "--index")
    output = run(home, "answers", "--json")
    assert "you added: do you do nappies?" in output
    assert "Unbleached muslin" in run(home, "answers", "--article", "cloths")
    listed = last(output)
    (article,) = listed["articles"]  # type: ignore[misc]
    assert article["added"] == ["do you do nappies?", "for a baby"]  # type: ignore[index]
    assert listed["figures"]["past_answers"] == 2  # type: ignore[index]
    lone = last(run(home, "answers", "--unanswered", "--json"))["unanswered"]
    assert "what temperature for sencha?" in [one["question"] for one in lone]  # type: ignore[attr-defined]
    assert "No article" in run(home, "answers", "--article", "nope", exit_code=1)
    found: list[dict[str, object]] = last(run(home, "search", "do you sell nappies", "--json"))["hits"]  # type: ignore[assignment]
    assert json.dumps(found[0]).count("Unbleached muslin by the metre.") == 1
    assert len(found) == 3, "the question itself is never a hit"
