"""`understudy review --contradictions`: planted among answers that agree, found, retired, gone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.test_cli.test_main import last, run

if TYPE_CHECKING:
    from pathlib import Path

ARTICLE = (
    "You can return anything you do not want within 30 days of delivery. The label is £3.50 in the United Kingdom, "
    "taken off the refund. Sale items can be returned like any other. Express delivery costs £7.95."
)
AGREED = [
    ("until when may I return it?", "You can return it within 30 days of delivery."),
    ("what does the label cost?", "The label is £3.50 in the United Kingdom."),
    ("how much is express delivery?", "Express delivery costs £7.95, and it is there tomorrow. Priya"),
    ("what time do you open?", "The shop opens at 9:00."),
]
PLANTED = [
    ("can I return it after a month?", "Of course, you can return it within 60 days of delivery."),
    ("what do I pay for the return label?", "The label is £5.50 in the United Kingdom, it comes off the refund."),
    ("is express dear?", "No, express delivery costs £9.95."),
    ("can I return what was on sale?", "I am afraid not. Sale items cannot be returned like any other."),
]


@pytest.mark.integration
@pytest.mark.usefixtures("encoder_at_hand")
def test_what_was_planted_is_listed_and_can_be_retired(tmp_path: Path) -> None:
    articles, past, home = tmp_path / "articles.jsonl", tmp_path / "past.jsonl", tmp_path / "home"
    articles.write_text(json.dumps({"slug": "returns", "title": "Return an item", "text": ARTICLE}), encoding="utf-8")
    lines = [
        {
            "id": f"c{number}",
            "turns": [{"role": "customer", "text": asked}, {"role": "agent", "text": said, "author": "Priya"}],
            "labels": {"created": "2026-03-01"},
        }
        for number, (asked, said) in enumerate([*AGREED, *PLANTED])
    ]
    past.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run(home, "import", str(articles), str(past))
    run(home, "index")
    output = run(home, "review", "--contradictions", "--json")
    found: list[dict[str, str]] = last(output)["contradictions"]  # type: ignore[assignment]
    assert sorted(row["conversation_id"] for row in found) == ["c4", "c5", "c6", "c7"]
    label = next(row for row in found if row["conversation_id"] == "c5")
    assert (label["says"], label["instead"], label["article"], label["at"]) == (
        "£5.50",
        "£3.50",
        "returns",
        "2026-03-01",
    )
    assert "understudy retire" in output
    page = (home / "reports" / "contradictions.html").read_text(encoding="utf-8")
    assert "<mark>£5.50</mark>" in page
    run(home, "retire", *(row["id"] for row in found))
    assert last(run(home, "review", "--contradictions", "--json"))["contradictions"] == []


def test_it_stands_alone(tmp_path: Path) -> None:
    assert "it stands alone" in run(tmp_path / "home", "review", "--contradictions", "--list", exit_code=2)
    assert "understudy i" in run(tmp_path / "home", "review", "--contradictions", exit_code=1)
