"""Written replies: made of what was shown, each sentence with its passage, and checked against all that vouches."""

from __future__ import annotations

import pytest

from chatbot.dialogue.answer import failures
from chatbot.dialogue.check.backing import CORROBORATED
from chatbot.dialogue.check.candidate import checked
from chatbot.dialogue.found import backing_of
from chatbot.dialogue.retrieve import retrieve
from chatbot.dialogue.window import read
from chatbot.dialogue.write.language_model import COPIED_FROM, ReplyModel
from chatbot.dialogue.write.written import written
from chatbot.engine.protocol import never
from finetune.prompt import encode_answer
from retrieval.index.filters import Filters

REFUND = "Refunds take 5 working days after the return has arrived."


class Liking:
    """Writes one text once, then nothing more, and finds another far likelier than all."""

    name = "liking"
    context_tokens = 1024

    def __init__(self, tokenizer, text, liked):
        self.ids, self.liked = encode_answer(tokenizer, text)[:-1], encode_answer(tokenizer, liked)[:-1]

    def generate(self, request, should_stop=never):
        ids, self.ids = self.ids, []
        yield from ids

    def score(self, prompt, candidates, *, judged=None):
        return [0.0 if [*each] == self.liked else -5.0 * len(each) for each in candidates]


@pytest.fixture
def write(retriever, ask, script):
    """The candidates a model makes that writes a given text, checked."""

    def make(text, *lines, **settings):
        window = read(ask(*(lines or ["c: how long do refunds take"])))
        retrieved = retrieve(window, retriever, Filters())
        hits = retrieved.hits[:3]
        drafts = written(script(text, **settings), window, hits)
        return [*checked(drafts, window, hits, backing_of(retriever, CORROBORATED, retrieved))]

    return make


def test_each_sentence_has_its_passage(write):
    (candidate,) = write(REFUND)
    assert candidate.text == REFUND
    assert candidate.origin == "written"
    assert candidate.passed
    assert candidate.evidence_ids == (candidate.sentences[0].evidence_id,)
    assert candidate.evidence_ids[0] in {"m1:1", "m2:1"}


@pytest.mark.parametrize(("said", "meant"), [("before", "after"), ("Linda's", "the")])
def test_a_sentence_that_is_nearly_the_evidence_stays_as_it_was_written(write, said, meant):
    told = REFUND.replace(meant, said, 1)
    (candidate,) = write(told)
    assert candidate.text == told
    assert candidate.sentences[0].evidence_id in candidate.evidence_ids


def test_a_sentence_of_the_evidence_that_is_likelier_than_the_models_own_is_copied_whole(retriever, tokenizer, ask):
    window = read(ask("c: how long do refunds take"))
    hits = retrieve(window, retriever, Filters()).hits[:3]
    model = ReplyModel(Liking(tokenizer, "We never pay. Not at all.", REFUND), tokenizer)
    (candidate,) = written(model, window, hits, samples=1)
    assert candidate.text == REFUND
    assert candidate.sentences[0].evidence_id in candidate.evidence_ids


def test_what_the_passages_say_here_is_what_is_copied(retriever, tokenizer, ask):
    window = read(ask("c: how long do refunds take"))
    hits = retrieve(window, retriever, Filters()).hits[:2]
    here = "Yours takes 5 working days."
    model = ReplyModel(Liking(tokenizer, "We never pay.", here), tokenizer)
    (candidate,) = written(model, window, hits, [here, here], samples=1)
    assert candidate.text == here
    assert set(candidate.evidence_ids) == {hit.passage.id for hit in hits}


def test_whoever_stops_or_is_out_of_time_judges_nothing_more(tokenizer, ask, script):
    many = " ".join(f"This is the sentence number {number} of all." for number in range(500))
    reply_model = script("We look at it. Then we write.")
    judged = []
    score = reply_model.script.score
    reply_model.script.score = lambda prompt, texts, **more: judged.append(len(texts)) or score(prompt, texts, **more)
    reply_model.samples(ask("c: hello"), [many], facts=None, count=1, should_stop=lambda: bool(judged))
    assert judged[0] == 1 + COPIED_FROM
    judged.clear()
    hurried = ReplyModel(reply_model.script, tokenizer, seconds=0.0)
    assert hurried.samples(ask("c: hello"), [many], facts=None, count=1) == []
    assert len(judged) == 1  # of no texts


def test_its_own_sentences_follow_each_other_while_it_goes_on(write):
    told = f"{REFUND} Is there anything else?"
    assert [each.text for each in write(told)] == [told]


def test_one_with_another_number_is_not_taken_for_it_and_fails(write):
    (candidate,) = write("Refunds take 6 working days after the return has arrived.")
    assert "6" in candidate.text
    assert "numbers" in failures(candidate.checks)


def test_a_sentence_that_breaks_off_is_left_off(write):
    (candidate,) = write("Refunds take 5 working days after the return has arrived. The refund takes")
    assert candidate.text == REFUND
    (alone,) = write("Refunds take")
    assert "complete" in failures(alone.checks)


def test_nothing_written_is_no_candidate(write):
    assert write("") == []


def test_what_we_said_before_vouches_and_what_only_a_customer_names_does_not(write):
    ours = ["c: which tea do you have", "a: We have Golden Monkey.", "c: how long do refunds take for it"]
    told = "Refunds for our Golden Monkey take 5 working days after the return has arrived."
    (candidate,) = write(told, *ours)
    assert "names" not in failures(candidate.checks)
    (other,) = write(told, "c: how long do refunds take for Golden Monkey")
    assert "names" in failures(other.checks)


def test_the_models_likelihood_and_doubt_are_features(write):
    (candidate,) = write(REFUND)
    assert candidate.features["likelihood"] == pytest.approx(-1.0)
    assert candidate.features["doubt"] == pytest.approx(0.1353, abs=1e-3)


def test_a_slot_is_filled_with_this_customers_own(write):
    (candidate,) = write("Your order [ORDER_1] is here.", "c: where is my order 12345678-1")
    assert "[ORDER" not in candidate.text
