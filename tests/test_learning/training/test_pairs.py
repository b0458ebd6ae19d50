"""Files of pairs: what is read, what is broken told by its line, and how they are divided."""

from __future__ import annotations

import gzip
import json

import pytest

from chatbot.errors import InputError
from chatbot.learning.training.pairs import Pair, PairSource, divided, examples_of_pairs, read_pairs
from finetune.pair_prompt import Brief
from tests.test_learning.training_desk import tiny_base


def written(path, *rows):
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def many(count, **more):
    pairs = [Pair(line, f"Outline {line}.", f"Text {'word ' * (line % 30)}{line}.", **more) for line in range(count)]
    return PairSource("mine.jsonl", tuple(pairs))


@pytest.mark.parametrize("name", ["mine.jsonl", "mine.jsonl.gz"])
def test_lines_with_and_without_wishes(tmp_path, name):
    source = read_pairs(
        written(
            tmp_path / name,
            {"outline": " A cat. ", "text": "It sleeps.\n", "length": "Short", "tone": " Very  Warm", "split": "Test"},
            "",
            {"outline": "A dog.", "text": "It leans.", "length": 12, "other": [1]},
            {"outline": "A dog.", "text": "It leans."},
        )
    )
    assert source.pairs == (
        Pair(1, "A cat.", "It sleeps.", "short", "very warm", "measured"),
        Pair(3, "A dog.", "It leans.", 12),
    )
    assert (source.name, source.broken, source.doubled) == (name, (), 1)


def test_a_table(tmp_path):
    path = written(tmp_path / "mine.csv", "Outline,Text,tone,length", '"A cat, old",It sleeps.,warm,20', "too,few")
    source = read_pairs(path)
    assert source.pairs == (Pair(2, "A cat, old", "It sleeps.", 20, "warm"),)
    (sentence,) = source.broken
    assert sentence.startswith(f"{path}:3: expected 4 columns as in the header, found 2; put texts that hold")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{no", "not JSON"),
        ("[1]", "found list"),
        ({"outline": "A"}, '"text" has to hold words; found nothing'),
        ({"outline": 7, "text": "T"}, '"outline" has to hold words; found int'),
        ({"outline": "A", "text": " "}, '"text" has to hold words'),
        ({"outline": "A", "text": "T", "length": "huge"}, "\"length\" is 'huge'; expected short, medium, long or"),
        ({"outline": "A", "text": "T", "length": 0}, '"length" is'),
        ({"outline": "A", "text": "T", "length": True}, '"length" is'),
        ({"outline": "A", "text": "T", "tone": 3}, '"tone" is'),
        ({"outline": "A", "text": "T", "split": "half"}, "\"split\" is 'half'; expected train, "),
        ({"outline": "A", "text": "T" * 20_001}, "20,001 characters"),
    ],
)
def test_a_broken_row_is_told_by_its_line_and_costs_itself(tmp_path, row, told):
    path = written(tmp_path / "mine.jsonl", {"outline": "A", "text": "B"}, row, {"outline": "C", "text": "D"})
    source = read_pairs(path)
    assert [pair.line for pair in source.pairs] == [1, 3]
    (sentence,) = source.broken
    assert sentence.startswith(f"{path}:2: ")
    assert told in sentence


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("gone.jsonl", None, "there is no such file"),
        ("empty.jsonl", "", "there is no pair in it"),
        ("other.csv", "question,answer\na,b\n", "expected a header with outline and text among outline, text, length"),
        ("broken.jsonl", '{"outline": "A"}', "broken.jsonl:1: "),
    ],
)
def test_a_file_without_pairs_is_refused_with_what_was_expected(tmp_path, name, text, told):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError) as refused:
        read_pairs(path)
    assert told in str(refused.value)
    assert '{"outline": ' in str(refused.value)


def test_an_outline_is_in_one_part_and_stays_there_when_more_come():
    few, more = divided(many(100), seed=0), divided(many(300), seed=1)
    for parts in (few, more):
        names = [{pair.outline for pair in part} for part in (parts.learnt, parts.stopping, parts.measured)]
        assert len(set.union(*names)) == sum(map(len, names))
    assert {pair.outline for pair in few.measured} <= {pair.outline for pair in more.measured}
    assert 15 <= len(more.measured) <= 45
    assert more.counts()["learnt"] + more.counts()["stopping"] + more.counts()["measured"] == 300


def test_who_says_how_to_divide_is_heeded():
    places = ("measured", "learnt", "stopping", "learnt")
    rows = [Pair(line, f"O{line}", "T", part=places[line % 4]) for line in range(24)]
    parts = divided(PairSource("mine", (*rows, *many(100).pairs)), seed=0)
    assert {pair.line for pair in parts.measured if pair.text == "T"} == set(range(0, 24, 4))
    assert {pair.line for pair in parts.stopping if pair.text == "T"} == set(range(2, 24, 4))
    assert 6 < len(parts.measured) < 30


def test_too_few_are_refused_with_counts():
    with pytest.raises(InputError, match=r"with 1 pair there are . to learn from and . held out .* at least 10 and 2"):
        divided(many(1), seed=0)


def test_a_text_is_called_by_its_length_among_the_others():
    parts = divided(many(300), seed=0)
    short, medium, long = parts.lengths.values()
    assert short < medium < long
    called = [parts.brief(Pair(1, "O", "word " * round(words))).length for words in (short, medium, long)]
    assert called == ["short", "medium", "long"]
    assert parts.brief(Pair(1, "O", "one", length=round(long))).length == "long"
    assert parts.brief(Pair(1, "O", "one", "medium", "warm")) == Brief("O", "medium", "warm")


def test_some_wishes_are_left_out_in_training_only(tmp_path):
    from finetune.model.loading import load_tokenizer

    tokenizer = load_tokenizer(tiny_base(tmp_path / "base"))
    parts = divided(many(200, tone="warm"), seed=0)

    def wishes(seed):
        rows = examples_of_pairs(parts, parts.learnt, tokenizer, max_tokens=256, seed=seed)
        return [tokenizer.decode(row.input_ids).count("Tone: ") for row in rows]

    assert sum(wishes(None)) == len(parts.learnt)
    assert 0.55 * len(parts.learnt) < sum(wishes(0)) < 0.9 * len(parts.learnt)
    assert wishes(0) == wishes(0) != wishes(1)
