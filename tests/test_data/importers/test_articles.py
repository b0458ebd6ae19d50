"""Markdown help centres, and article lines."""

from __future__ import annotations

import pytest

from data.importers import REGISTRY
from data.importers.importer import Broken, ImportOptions


def read(path):
    rows = list(REGISTRY["articles"].read(path, ImportOptions(language="en")))
    return [r.item for r in rows if not isinstance(r, Broken)], [r for r in rows if isinstance(r, Broken)]


def test_front_matter_headings_and_file_names(tmp_path):
    (tmp_path / "Returns & refunds.md").write_text("# How to return\n\nSend it back.\n\nWhen\n\nSoon.\n")
    (tmp_path / "b.markdown").write_text(
        '---\ntitle: "Delivery times"\nslug: delivery\nlanguage: de\nurl: https://x.example/a\n'
        "updated: 2024-01-01\nauthor: Ann\n---\n\nThree days.\n"
    )
    sub = tmp_path / "shipping"
    sub.mkdir()
    (sub / "index.md").write_text("```\n# no heading\n```\n")
    (tmp_path / ".hidden.md").write_text("secret")
    articles, broken = read(tmp_path)
    assert not broken
    first, second, third = articles
    assert (first.slug, first.title) == ("returns-refunds", "How to return")
    assert first.text == "Send it back.\n\nWhen\n\nSoon."
    assert first.language == "en"
    assert (second.slug, second.title, second.language) == ("delivery", "Delivery times", "de")
    assert (second.url, second.updated, second.extras) == ("https://x.example/a", "2024-01-01", {"author": "Ann"})
    assert (third.slug, third.title) == ("shipping", "shipping")


@pytest.mark.parametrize(
    "lines",
    [
        'questions: "do you do nappies?" | can I swaddle | ',
        "questions:\n  - do you do nappies?\n  - 'can I swaddle'",
        "questions: do you do nappies?\nquestions: can I swaddle",
    ],
)
def test_questions_that_a_lead_adds(tmp_path, lines):
    (tmp_path / "cloths.md").write_text(f"---\ntitle: Cloths\n{lines}\nupdated: 2026-01-01\n---\n- Muslin.\n")
    ((article,), broken) = read(tmp_path)
    assert not broken
    assert article.questions == ("do you do nappies?", "can I swaddle")
    assert (article.updated, article.extras) == ("2026-01-01", {})


def test_title_in_front_matter_and_as_heading_is_not_repeated(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\ntitle: Same\n---\n# Same\nText\n")
    (article,), _ = read(path)
    assert (article.title, article.text) == ("Same", "Text")


def test_a_slug_twice(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "faq.md").write_text(f"# {folder}\ntext")
    articles, broken = read(tmp_path)
    assert [a.slug for a in articles] == ["faq", "y-faq"]
    assert not broken


def test_a_bad_file_costs_itself(tmp_path):
    (tmp_path / "a.md").write_bytes(b"# A\ncaf\xe9\n")
    (tmp_path / "b.md").write_text("# B\n")
    (tmp_path / "c.md").write_text("# C\ntext")
    articles, broken = read(tmp_path)
    assert [a.slug for a in articles] == ["c"]
    assert (broken[0].path.name, broken[0].line) == ("a.md", 2)
    assert "no text" in broken[1].message


def test_unclosed_front_matter_is_text(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\nnot: closed\n\nText")
    (article,), _ = read(path)
    assert "not: closed" in article.text


def test_internal_pages_and_drafts_are_not_published(tmp_path):
    for name, front in [
        ("a", "visibility: internal"),
        ("b", "draft: true"),
        ("c", "public: yes"),
        ("d", "visibility: Q"),
    ]:
        (tmp_path / f"{name}.md").write_text(f"---\n{front}\n---\n# {name}\nText\n")
    found = list(REGISTRY["articles"].read(tmp_path, ImportOptions()))
    assert [row.against for row in found[:3]] == ["internal article", "internal article", None]
    assert "ignore=visibility" in found[3].message
