"""What a connector would write for the newest tickets, and the page that shows it."""

from __future__ import annotations

from dataclasses import replace

from chatbot.learning.rehearsal_page import page
from chatbot.service.connectors.protocol import Remark, Theirs
from chatbot.service.connectors.rehearsing import rehearsed
from tests.test_service.doubles import Promising, RulePipeline


class Unsure(RulePipeline):
    """Suggests what is hardly ever right."""

    def suggest(self, turns, k=3):
        return [replace(each, probability=0.2) for each in super().suggest(turns, k)]


def said(role, text, audience="customer"):
    return Remark(text, role, audience, text, None, None)


def ticket(*remarks, subject="Parcel"):
    return Theirs("7", "https://help.example/7", subject, "open", None, None, remarks, frozenset())


def found(*tickets, pipeline=None):
    return list(rehearsed(tickets, Promising(pipeline or RulePipeline.at_once()).load()))


def test_the_last_question_that_people_answered_is_the_one_that_is_rehearsed():
    asked = [
        said("customer", "Where?"),
        said("agent", "Here."),
        said("agent", "VIP", "team"),
        said("customer", "Thanks"),
    ]
    (one,) = found(ticket(*asked))
    assert (one.question, one.answered, one.words, one.alone) == ("Where?", "Here.", "You said: Where?", True)
    (waits,) = found(ticket(said("customer", "I want a person")))
    assert (waits.answered, waits.words, waits.alone) == (None, "It is on its way.", False)
    assert found(ticket(said("agent", "Hello"))) == []


def test_what_is_hardly_ever_right_is_left_to_people():
    (one,) = found(ticket(said("customer", "I want a person")), pipeline=Unsure.at_once())
    assert (one.words, one.alone, one.confidence) == (None, False, 0.2)


def test_the_page_says_how_many_and_shows_words_as_words():
    hostile = "<script>alert(1)</script> person"
    told = page("<b>", found(ticket(said("customer", hostile), subject=hostile), ticket(said("customer", "Where?"))))
    assert "<script>alert" not in told
    assert "<b>" not in told.split("</style>")[1].split("<h1>")[0]
    assert "answered alone <b>50%</b>" in told
    assert "would be written in &lt;b&gt;" in told
    assert "newest 0 tickets" in page("empty", [])
