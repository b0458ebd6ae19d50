"""The page of a replay: whole, closed, escaped, and saying what the figures say."""

from __future__ import annotations

import json
import re

import pytest

from chatbot.dialogue.answer import Decision
from chatbot.learning.replay.replay_figures import Terms, figures
from chatbot.learning.replay.replay_page import headline, page, promise, write
from chatbot.learning.replay.word_diff import marked
from tests.test_learning.past import a_case, a_history
from tests.test_learning.training.test_training_page import Tags

TERMS = Terms(0.05, 0.9, promised=True, threshold=0.8, versions={"index": "i1", "contract": "k1"}, left_out=12)
NASTY = '</script><script>alert("x")</script> & $version \ud800 <img src=x onerror=y>'


def html_of(cases, terms=TERMS, **rest):
    return page(figures(cases, terms), cases, **rest)


@pytest.mark.parametrize("cases", [[], [a_case(0, right=None, judged_by=None, created=None)], a_history(80)])
def test_every_tag_is_closed_and_nothing_is_fetched(cases):
    html = html_of(cases)
    tags = Tags()
    tags.VOID = tags.VOID | {"input", "rect"}
    tags.feed(html)
    assert tags.open == []
    assert not re.search(r"""(src|href)\s*=|url\(|@import|https?://""", html)


def test_texts_of_a_desk_never_become_markup():
    nasty = a_case(1, question=NASTY, ours=NASTY, theirs=NASTY + " no", topic=NASTY, language=NASTY, right=False)
    html = html_of([nasty, a_case(2)], warnings=[NASTY])
    assert "<script>alert" not in html
    assert "<img" not in html
    assert html.count("</script>") == 2
    html.encode("utf-8")


def test_it_begins_with_the_answer():
    cases = [a_case(number) for number in range(19)] + [a_case(19, right=False)]
    cases += [a_case(number, decision=Decision.HAND_OVER, reason="low_confidence") for number in range(20, 80)]
    told = figures(cases, TERMS)
    assert headline(told) == (
        "Of 80 past questions Understudy would have answered 20 (25%) alone; 95% of these say what your team said."
    )
    assert "1 of 20 (5.0%) were: kept." in promise(told)
    assert "at most 18.1%, 90% sure" in promise(told)  # Clopper and Pearson for 1 of 20
    assert headline(told) in page(told, cases)


def test_what_is_not_promised_is_not_claimed():
    none = Terms(0.05, 0.9, promised=False, threshold=0.5, versions={})
    assert promise(figures([a_case()], none)).startswith("Nothing is promised yet")
    silent = Terms(0.05, 0.9, promised=True, threshold=None, versions={})
    never = [a_case(number, decision=Decision.HAND_OVER) for number in range(3)]
    assert "answers nothing alone" in promise(figures(never, silent))
    assert "answered none alone" in headline(figures(never, silent))
    broken = figures([a_case(number, right=number > 5) for number in range(20)], TERMS)
    assert "not kept" in promise(broken)
    assert headline(figures([], TERMS)) == "No past question could be replayed."


def test_the_files_say_the_same(tmp_path):
    cases = a_history(60)
    told = figures(cases, TERMS)
    path = write(tmp_path, "v1", told, cases, warnings=["Look here."])
    stored = json.loads((tmp_path / "replay-v1.json").read_text("utf-8"))
    assert path == tmp_path / "replay-v1.html"
    assert stored["total"]["answered"] == told.total.answered
    assert stored["warnings"] == ["Look here."]
    assert "Look here." in path.read_text("utf-8")
    embedded = re.search(r'id="figures">(.*?)</script>', path.read_text("utf-8"))
    assert embedded is not None
    assert json.loads(embedded[1])["judged"] == told.probability.cases


def test_differences_are_marked_where_the_texts_are_alike():
    ours, theirs, alike = marked("Send it within 30 days, please.", "Send it within 14 days & soon, please.")
    assert alike
    assert "<mark>30</mark>" in ours
    assert "<mark>14</mark>" in theirs
    assert "&amp;" in theirs
    plain = marked("It costs <b>5</b>.", "The lid is missing from the box.")
    assert plain == ("It costs &lt;b&gt;5&lt;/b&gt;.", "The lid is missing from the box.", False)
    assert marked("", "")[:2] == ("", "")
