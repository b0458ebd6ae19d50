"""A writer over scripted drafts: what is checked, what comes first, and what a wish changes."""

from __future__ import annotations

import pytest

from chatbot.dialogue.check.copying import LearntRuns
from chatbot.dialogue.write.writer import Writer
from finetune.pair_prompt import Brief
from finetune.prompt import AGENT, decode_answer, encode_answer

LENGTHS = {"short": 10.0, "medium": 40.0, "long": 90.0}
OUTLINE = "Ida waters the plants of a neighbour."
GOOD = "Ida waters the fern and sits down beside it."


class Drafts:
    """A generator that writes a given text for each seed, and likes each as much as it says."""

    name = "drafts"
    context_tokens = 1024

    def __init__(self, tokenizer, texts, likes=()):
        self._tokenizer = tokenizer
        self._texts = texts
        self._likes = dict(zip(texts, likes, strict=False))
        self.requests = []

    def generate(self, request, should_stop=lambda: False):
        self.requests.append(request)
        ids = encode_answer(self._tokenizer, self._texts[request.sampling.seed % len(self._texts)])
        for token in ids[: request.sampling.max_tokens]:
            if token in request.sampling.stop_ids:
                return
            yield token

    def score(self, prompt, candidates):
        texts = [decode_answer(self._tokenizer, ids) for ids in candidates]
        return [self._likes.get(text, 0.0) * len(ids) for text, ids in zip(texts, candidates, strict=True)]


@pytest.fixture
def write(tokenizer):
    def written(*texts, likes=(), learnt=None, brief=None, **options):
        drafts = Drafts(tokenizer, texts, likes)
        found = Writer(drafts, tokenizer, learnt, LENGTHS).write(
            brief or Brief(OUTLINE), **{"variants": len(texts), "spare": 0, **options}
        )
        return found, drafts

    return written


def failed(written):
    return [(check.name, check.detail) for check in written.failed]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("Ida waters the fern at 7 pm on 3 May.", "numbers"),
        ("Ida waters the fern. See https://fern.example/care for more.", "links"),
        ("Ida waters the fern of old Mr Jonathan and smiles.", "names"),
        ("She waits. She waits. She waits. She waits. And goes.", "repetition"),
        ("Ida waters the fern of [NAME_1].", "placeholders"),
    ],
)
def test_what_the_outline_does_not_say_is_told_and_comes_last(write, text, check):
    (first, second), _ = write(text, GOOD)
    assert (first.text, first.failed) == (GOOD, ())
    assert second.text == text
    assert check in dict(failed(second))


def test_evidence_vouches_for_what_it_says(write):
    text = "Ida waters the fern at 7 pm."
    assert failed(write(text)[0][0])
    assert not failed(write(text, brief=Brief(OUTLINE, evidence=("She comes at 7 pm.",)))[0][0])


def test_a_copy_is_told_with_its_line(write):
    text = "Ida waters the fern and sits down beside it until it is dark and quiet."
    (only,), _ = write(text, learnt=LearntRuns.of([(12, text)], "scenes.jsonl"))
    assert failed(only) == [("copied", "15 words in a row from line 12 of scenes.jsonl")]


def test_the_likelier_after_this_outline_comes_first(write):
    other = "Ida sits down and waits for the rain."
    found, _ = write(GOOD, other, likes=(-3.0, -1.0))
    assert [each.text for each in found] == [other, GOOD]
    assert found[0].score > found[1].score


def test_the_length_that_was_asked_for_comes_before_likelihood(write):
    long = f"{GOOD} She looks at each leaf."
    found, drafts = write(long, GOOD, likes=(-1.0, -3.0), words=9)
    assert found[0].text == GOOD
    assert "Length: short." in drafts._tokenizer.decode(list(drafts.requests[0].prompt))
    assert drafts.requests[0].sampling.max_tokens < 100
    much, _ = write(GOOD, words=80)
    assert failed(much[0]) == [("length", "9 words, about 80 were asked for")]


def test_a_length_by_name_asks_for_its_words(write):
    found, _ = write(GOOD, brief=Brief(OUTLINE, "long"))
    assert failed(found[0]) == [("length", "9 words, about 90 were asked for")]


def test_what_does_not_end_is_cut_at_its_last_sentence(write):
    endless = "Ida waters the fern. " + "Then she walks on and on and thinks of other plants " * 30
    (only,), _ = write(endless, words=10)
    assert only.text == "Ida waters the fern."
    (whole,), _ = write("and then " + "she walks on past other houses with a can of water in one hand " * 9, words=10)
    assert ("complete", "it does not come to an end") in failed(whole)


def test_the_same_text_is_given_once_and_nothing_is_nothing(write):
    assert len(write(GOOD, GOOD)[0]) == 1
    assert write("", " ")[0] == []


def test_more_are_drawn_than_are_shown(write):
    found, drafts = write(GOOD, "Ida goes.", "Ida stays.", variants=1, spare=2)
    assert len(found) == 1
    assert [request.sampling.seed for request in drafts.requests] == [0, 1, 2]


def test_words_without_room_in_the_prompt_are_counted(tokenizer):
    writer = Writer(Drafts(tokenizer, [GOOD]), tokenizer, None, LENGTHS)
    facts = ("The fern is from Oslo.", f"{AGENT} is no mark")
    assert writer.unread(Brief(OUTLINE, "short", "warm", facts)) == 0
    plants = " ".join(f"plant{number}" for number in range(2000))
    left = writer.unread(Brief(plants))
    assert 0 < left < 2000
    assert writer.unread(Brief(plants, evidence=facts)) == left + 9
