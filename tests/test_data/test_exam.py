"""The exam of the sample desk: its facts stand in the articles, its two parts are alike, and no line is another's."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

import pytest

from data.sample import ARTICLES, EXAM, EXAM_KEPT, GENERATED, QUESTIONS, TRANSCRIPTS
from data.transcripts import Role, turns_from_json

_KEYS = {"id", "kind", "turns", "language", "who", "must", "never", "article", "why"}
_SIGNS = str.maketrans("\u2010\u2011\u2013\u2014\u2212\u2018\u2019\u201c\u201d", "-----''\"\"", "*")


def rows_of(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def parts() -> tuple[list[dict], list[dict]]:
    return rows_of(EXAM), rows_of(EXAM_KEPT)


@pytest.fixture(scope="module")
def rows(parts) -> list[dict]:
    return parts[0] + parts[1]


@pytest.fixture(scope="module")
def articles() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in ARTICLES.glob("*.md")}


def plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).casefold().split())


def states(text: str, fact: str) -> bool:
    if fact.startswith("re:"):
        return re.search(fact[3:], text, re.IGNORECASE) is not None
    wanted = r"\s*".join(map(re.escape, "".join(plain(fact).split())))
    return re.search(rf"(?<!\d){wanted}(?!\d)", text) is not None


def places(row: dict) -> list[str]:
    return [place for place in (row["article"], *row.get("also", ())) if place]


def headings(article: str) -> set[str]:
    bold = (unicodedata.normalize("NFKD", found) for found in re.findall(r"\*\*(.+?)\*\*", article))
    return {re.sub(r"[^a-z0-9]+", "-", one.encode("ascii", "ignore").decode().lower()).strip("-") for one in bold}


def asked(row: dict) -> str:
    return " ".join(re.findall(r"\w+|[^\w\s]", " / ".join(turn["text"] for turn in row["turns"]).lower()))


def test_there_are_three_hundred_and_the_kept_third_is_mixed_alike(parts):
    counts = [Counter(row["kind"] for row in part) for part in parts]
    assert [sum(count.values()) for count in counts] == [200, 100]
    assert counts[0] == {kind: 2 * number for kind, number in counts[1].items()}
    spoken = [{row["language"] for row in part} for part in parts]
    assert spoken[0] == spoken[1] == {"en", "de", "fr", "es", "zh"}


def test_the_mix_of_kinds_is_what_people_send(rows):
    counts = Counter(row["kind"] for row in rows)
    assert len(counts) == 20
    assert min(counts.values()) >= 6
    for kind in ("near_miss", "condition", "double", "follow_up", "language", "typos"):
        assert counts[kind] >= 20, kind
    lengths = [len(row["turns"][-1]["text"]) for row in rows]
    assert min(lengths) == 1
    assert max(lengths) > 350


def test_each_line_has_its_fields(rows):
    for row in rows:
        assert row.keys() >= _KEYS, row["id"]
        assert row.keys() <= _KEYS | {"also", "inferred"}, row["id"]
        turns = turns_from_json(row["turns"])
        assert turns[-1].role is Role.CUSTOMER, row["id"]
        assert len([turn for turn in turns if turn.role is Role.CUSTOMER]) <= 4, row["id"]
        assert row["who"] in {"bot", "person", "either"}, row["id"]
        assert row["why"].endswith((".", "?")), row["id"]
        assert all(group and all(group) for group in row["must"]), row["id"]


def test_no_line_stands_twice_and_none_in_what_the_desk_learns_from(rows):
    assert len({row["id"] for row in rows}) == len(rows)
    assert len({asked(row) for row in rows}) == len(rows)
    known = {
        asked({"turns": [turn]})
        for path in (TRANSCRIPTS, GENERATED, QUESTIONS)
        for one in rows_of(path)
        for turn in one["turns"]
    }
    same = [row["id"] for row in rows if row["kind"] != "small_talk" and asked({"turns": row["turns"][-1:]}) in known]
    assert same == []


def test_what_the_bot_should_answer_stands_in_the_articles_named(rows, articles):
    for row in rows:
        if row["who"] == "bot":
            assert row["article"], row["id"]
            assert row["must"], row["id"]
        text = plain("\n".join(articles[place.partition("#")[0]] for place in places(row)))
        if text and not row.get("inferred"):
            missing = [group for group in row["must"] if not any(states(text, fact) for fact in group)]
            assert missing == [], row["id"]


def test_the_places_named_are_bold_headings_of_articles(rows, articles):
    for row in rows:
        for place in places(row):
            name, _, heading = place.partition("#")
            assert not heading or heading in headings(articles[name]), (row["id"], place)


def test_danger_wants_a_line_of_safety_and_a_person(rows):
    danger = [row for row in rows if row["kind"] == "danger"]
    assert all(row["who"] == "person" and row["must"] for row in danger)


def test_what_an_answer_must_hold_is_not_what_it_must_not(rows):
    for row in rows:
        facts = {plain(fact) for group in row["must"] for fact in group}
        assert not facts & {plain(fact) for fact in row["never"]}, row["id"]


def test_no_code_that_answers_or_learns_knows_the_kept_third():
    house = EXAM.parents[2]
    code = [path for floor in ("data", "retrieval", "finetune", "chatbot") for path in (house / floor).rglob("*.py")]
    knowing = {path for path in code if re.search(r"EXAM_KEPT|exam_kept", path.read_text(encoding="utf-8"))}
    assert knowing == {EXAM.parent / "__init__.py"}
