"""The whole way in: what is accepted, dropped, broken, and how progress is told."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from data.cleaning.duplicates import fingerprints
from data.importers.importer import Broken, ImportOptions
from data.intake import Accepted, Dropped, content_digest, take
from data.transcripts import Article, Conversation, conversation_from_json, conversation_to_json

DATASETS = Path(os.environ.get("UNDERSTUDY_DATASETS", Path(__file__).parents[3] / "shared" / "datasets"))


def line(name, *texts, **others):
    roles = itertools.cycle(("customer", "agent"))
    turns = [{"role": role, "text": text} for role, text in zip(roles, texts, strict=False)]
    return json.dumps({"id": name, "turns": turns, **others}) + "\n"


def test_one_run(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        line("1", "I am a@x.example", "Hello a@x.example", colour="red")
        + line("2", "anybody?")
        + line("3", "i am A@x.example ", "hello a@x.example")
        + line("4", "Where?", "There")
        + "{}\n"
        + json.dumps({"slug": "s", "title": "S", "text": "Call +49 30 901820"})
        + "\n"
        + json.dumps({"slug": "e", "title": "E", "text": " "})
    )
    one, two, three, four, broken, article, empty = take([path])
    assert isinstance(one, Accepted)
    assert [turn.text for turn in one.item.turns] == ["I am [EMAIL_1]", "Hello [EMAIL_1]"]
    assert one.item.extras == {"colour": "red"}
    assert one.masked == {"EMAIL": 2}
    assert two == Dropped("2", "no agent answer")
    assert three == Dropped("3", "duplicate")
    assert isinstance(four, Accepted)
    assert (broken.line, isinstance(broken, Broken)) == (5, True)
    assert article.item == Article("s", "S", "Call +49 30 901820")  # published words are not masked
    assert empty == Dropped("e", "empty article")


def test_who_signed_is_masked_though_the_signature_is_cut(tmp_path):
    path = tmp_path / "a.jsonl"
    asked = "It leaks. Tell Okonkwo.\n\nKind regards,\nIjeoma Okonkwo\nHead of Sales"
    path.write_text(line("1", asked, "Ijeoma's kettle is ready.\n\nBest,\nZebulon\nSupport", "Did Zebulon call?"))
    (taken,) = take([path])
    assert [turn.text for turn in taken.item.turns] == [
        "It leaks. Tell [NAME_1].", "[NAME_1]'s kettle is ready.", "Did [NAME_2] call?",
    ]  # fmt: skip


def test_duplicates_are_known_over_files_and_runs(tmp_path):
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first.write_text(line("1", "Where?", "There"))
    second.write_text(line("2", "Where?", "There") + line("1", "Where?", "There"))
    with fingerprints() as seen:
        assert [type(row) for row in take([first], seen=seen)] == [Accepted]
        assert [type(row) for row in take([second], seen=seen)] == [Dropped, Accepted]


def test_a_run_again_gives_the_same_digests(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(line("1", "a@x.example?", "b@x.example", labels={"n": 1}) + line("2", "x", "y"))
    digests = [content_digest(row.item) for row in take([path])]
    assert digests == [content_digest(row.item) for row in take([path])]
    assert len(set(digests)) == 2
    item = next(take([path])).item
    assert content_digest(item) != content_digest(replace(item, language="de"))
    assert content_digest(conversation_from_json(conversation_to_json(item))) == digests[0]


def test_missing_paths_and_unknown_formats_do_not_stop_the_rest(tmp_path):
    good, odd = tmp_path / "a.jsonl", tmp_path / "a.docx"
    good.write_text(line("1", "Where?", "There"))
    odd.write_text("?")
    missing, unknown, row = take([tmp_path / "none.jsonl", odd, good])
    assert "no such file" in missing.message
    assert "jsonl" in unknown.message
    assert isinstance(row, Accepted)
    (named,) = take([good], "remedy")
    assert "'remedy' is no format" in named.message


def test_a_format_can_be_named_and_a_folder_given(tmp_path):
    (tmp_path / "export.txt").write_text("question;answer\na?;b\n")
    (row,) = take([tmp_path / "export.txt"], "csv", options=ImportOptions(language="de"))
    assert row.item.language == "de"
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "one.md").write_text("# One\ntext")
    (folder / "faq.csv").write_text("question,answer\na?,b\n")
    assert {type(row.item) for row in take([folder])} == {Article, Conversation}


def test_progress_counts_the_bytes_on_disk(tmp_path):
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    text = "".join(line(f"{n}", f"Where is {n}?", "There " * 200) for n in range(100))
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.replace("Where", "What").encode()))
    total = plain.stat().st_size + packed.stat().st_size
    told = []
    rows = list(take([plain, packed], report=lambda *progress: told.append(progress)))
    assert len(rows) == 200
    assert {step for step, _, _ in told} == {"import"}
    assert {sum_ for _, _, sum_ in told} == {total}
    done = [count for _, count, _ in told]
    assert done == sorted(done)
    assert done[-1] == total
    assert len(done) >= 3


def test_nothing_is_read_ahead(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(line(f"{n}", f"Where is {n}?", "There") for n in range(2000)))
    told = []
    rows = take([path], report=lambda _, done, __: told.append(done))
    next(rows)
    assert not told or told[-1] < path.stat().st_size / 2


@pytest.mark.datasets
@pytest.mark.skipif(not DATASETS.is_dir(), reason=f"no data sets at {DATASETS} (UNDERSTUDY_DATASETS)")
def test_thunderbird():
    articles = list(take([DATASETS / "thunderbird" / "articles.jsonl.gz"]))
    assert len(articles) == 174
    assert all(isinstance(row, Accepted) and isinstance(row.item, Article) for row in articles)
    rows = list(itertools.islice(take([DATASETS / "thunderbird" / "train.jsonl.gz"]), 300))
    accepted = [row for row in rows if isinstance(row, Accepted)]
    assert len(accepted) > 280
    assert {row.reason for row in rows if isinstance(row, Dropped)} <= {"no agent answer", "duplicate"}
    drops = sum((row.turn_drops for row in accepted), Counter())
    assert drops["not our agent"] > 10
    assert not any(turn.author == "other" for row in accepted for turn in row.item.turns)


def test_an_article_whose_address_is_none_is_kept_without_it_and_told(tmp_path):
    path = tmp_path / "articles.jsonl"
    rows = [("a", "javascript:alert(1)"), ("b", "//evil.example"), ("c", "https://shop.example/c"), ("d", None)]
    path.write_text("".join(json.dumps({"slug": s, "title": s, "text": f"text {s}", "url": u}) + "\n" for s, u in rows))
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "e.md").write_text("---\nurl: data:text/html,x\n---\n# E\ntext e")
    found = list(take([path, tmp_path / "help"]))
    told = [row for row in found if isinstance(row, Broken)]
    assert {row.item.slug: row.item.url for row in found if isinstance(row, Accepted)} == {
        "a": None, "b": None, "c": "https://shop.example/c", "d": None, "e": None,
    }  # fmt: skip
    assert [row.line for row in told] == [1, 2, 1]
    assert "the article is kept" in told[0].message
