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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("questions: 5", 'expected "questions" to be questions in words'),
        ("questions: true", "found the truth value true"),
        ("questions: 2026-01-31", "found the date 2026-01-31"),
        ("questions: {a: b}", "found the mapping {a: b}"),
        ("questions:\n  - 7", "found the number 7"),
        ("title: [a, b]", 'expected "title" to be text, found the list [a, b]'),
        ("title:\n  - a", "found a list or text below it"),
        ("language: 5", "expected \"language\" to be a language code such as de or en-GB, found '5'"),
        ("language: [de]", "found '[de]'"),
        ("language: true", "found 'true'"),
        ("url: 5", 'expected "url" to be an address'),
        ("updated: yesterday", "expected \"updated\" to be a date such as 2026-01-31, found 'yesterday'"),
        ("slug: {a: b}", "found the mapping"),
    ],
)
def test_a_value_of_another_type_is_told_and_the_article_imported(tmp_path, line, told):
    path = tmp_path / "page.md"
    path.write_text(f"---\nauthor: Ann\n{line}\n---\n# Cloths\n\nMuslin.\n")
    ((article,), (wrong,)) = read(path)
    where = 4 if "\n  - 7" in line else 3
    assert str(wrong).startswith(f"{path}:{where}: ")
    assert told in str(wrong)
    assert "It is left out, and the article is imported." in str(wrong)
    assert (article.slug, article.title, article.language, article.questions) == ("page", "Cloths", "en", ())
    assert (article.url, article.updated, article.extras) == (None, None, {"author": "Ann"})


def test_a_number_is_a_title_and_said_to_need_quotes(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("---\ntitle: 404\n---\nMuslin.\n")
    ((article,), (wrong,)) = read(path)
    assert article.title == "404"
    assert "put it in quotes" in str(wrong)
    path.write_text('---\ntitle: "404"\nquestions: "5"\n---\nMuslin.\n')
    ((article,), broken) = read(path)
    assert (article.title, article.questions, broken) == ("404", ("5",), [])


def test_the_questions_of_the_right_type_are_kept(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("---\nquestions:\n  - how: long?\n  - 5\n  - 5 or 6?\nlanguage: de\n---\nMuslin.\n")
    ((article,), (wrong,)) = read(path)
    assert article.questions == ("how: long?", "5 or 6?")
    assert article.language == "de"
    assert ":4: " in str(wrong)


@pytest.mark.parametrize(
    "lines", ['questions: ["do you do nappies?", can I swaddle]', "questions: |\n  do you do nappies?\n  can I swaddle"]
)
def test_questions_as_yaml_writes_lists(tmp_path, lines):
    path = tmp_path / "page.md"
    path.write_text(f"---\n{lines}\nurl: ~\nupdated: null\n---\nMuslin.\n")
    ((article,), broken) = read(path)
    assert not broken
    assert article.questions == ("do you do nappies?", "can I swaddle")
    assert (article.url, article.updated) == (None, None)
