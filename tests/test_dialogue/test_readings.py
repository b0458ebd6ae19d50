from __future__ import annotations

import pytest

from chatbot.dialogue.answer import Candidate
from chatbot.dialogue.readings import desk_language, fitting, readings
from chatbot.dialogue.window import read
from data.transcripts import Role, Turn
from retrieval.index.build import build_index
from retrieval.index.filters import Filters
from retrieval.index.snapshot import PassageIndex
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit
from retrieval.search.retriever import Retriever
from tests.test_dialogue.conftest import WordEncoder

DELIVERY = "Delivery to Germany takes 4 to 8 working days and costs £9.90."
RETURNS = "Return an item within 30 days, unused, in its packaging."
LIEFERUNG = "Die Lieferung nach Deutschland dauert 4 bis 8 Werktage und kostet £9.90."


def article(name, text, language):
    return Passage(name, PassageKind.ARTICLE, f"{name}\n{text}", text, name, name, language=language)


@pytest.fixture
def desk(tmp_path):
    def made(passages):
        encoder = WordEncoder()
        build_index(passages, encoder, tmp_path / "index", tmp_path / "vectors")
        return Retriever(PassageIndex.open(tmp_path / "index", encoder), encoder)

    return made


def asked(retriever, *texts):
    turns = [Turn(Role.CUSTOMER, text) for text in texts]
    return readings(read(turns), retriever.live.view, Filters())


ENGLISH = [article("delivery", DELIVERY, "en"), article("returns", RETURNS, "en-GB")]


@pytest.mark.parametrize(
    "text", ["How long is delivery to Germany?", "no", "??", "Heron E1", "Kde je můj balík, čekám týden"]
)
def test_a_question_in_the_desks_language_or_in_none_of_ours_is_read_once_as_it_stands(desk, text):
    (only,) = asked(desk(ENGLISH), text)
    assert only.window is only.asked
    assert (only.language, only.told_in, only.known) == (None, None, Filters())


@pytest.mark.parametrize(
    ("text", "language", "read_as"),
    [
        ("Wie lange dauert der Versand nach Wien?", "de", "how long take delivery to Vienna"),
        ("Comment annuler ma commande KO-123456 ?", "fr", "how cancel my order [ORDER_1]"),
        ("¿Puedo devolver una tarjeta regalo?", "es", "can return one gift card"),
        ("我忘记密码了", "zh", "I forgot password"),
    ],
)
def test_one_in_another_is_read_in_both(desk, text, language, read_as):
    theirs, glossed = asked(desk(ENGLISH), text)
    assert theirs.known.languages == {language}
    assert theirs.window.latest == text
    assert glossed.window.question.startswith(read_as)
    assert (glossed.language, glossed.told_in, glossed.asked.latest) == (language, "en", text)


def test_what_the_table_does_not_know_is_not_read_by_a_gloss(desk):
    (only,) = asked(desk(ENGLISH), "Könnt ihr Zwetschgenknödel flambieren oder Grießbrei rösten und wann?")
    assert only.told_in is None


def test_a_german_desk_is_asked_in_english(desk):
    _, glossed = asked(
        desk([article("lieferung", LIEFERUNG, "de")]), "How much is the delivery, and when does it arrive?"
    )
    assert glossed.told_in == "de"
    assert "lieferung" in glossed.window.question


def test_the_desks_language_is_that_of_most_of_it(desk):
    assert desk_language(desk(ENGLISH).live.view) == "en"


def test_where_nothing_tells_a_language_the_words_do(desk):
    told = [article(f"a{number}", text, None) for number, text in enumerate((LIEFERUNG, "Wir nehmen alles zurück."))]
    assert desk_language(desk(told).live.view) == "de"


def test_only_an_article_is_shown_in_another_language(desk):
    retriever = desk(ENGLISH)
    glossed = asked(retriever, "Wie lange dauert der Versand?")[1]
    past = Passage("c:1", PassageKind.MOMENT, "How long?", "It takes a week.", "c")
    hits = {"delivery": Hit(ENGLISH[0], 1.0, 1.0), "c:1": Hit(past, 1.0, 1.0)}
    found = fitting(glossed, [Candidate("x", "excerpt", (name,)) for name in hits], hits, retriever)
    assert [candidate.passed for candidate in found] == [True, False]


def test_of_two_in_the_customers_language_only_the_one_about_the_question_fits(desk):
    about = article("versand", LIEFERUNG, "de")
    other = article(
        "rückgabe", "Ein Artikel kann in der Verpackung retourniert werden, das Etikett drucken Sie aus.", "de"
    )
    retriever = desk([*ENGLISH, article("more", "We open on Monday.", "en"), about, other])
    theirs = asked(retriever, "Was kostet die Lieferung nach Deutschland?")[0]
    hits = {each.id: Hit(each, 1.0, 0.9) for each in (about, other)}
    found = fitting(theirs, [Candidate("x", "verbatim", (name,)) for name in hits], hits, retriever)
    assert [candidate.passed for candidate in found] == [True, False]
    assert found[1].features["similarity"] < found[0].features["similarity"] < 1.0


def test_a_line_of_an_article_answers_what_its_title_does_not_name(desk):
    page = Passage(
        "versand#0", PassageKind.ARTICLE, "Versand nach Wien", LIEFERUNG, "versand", "versand", language="de"
    )
    retriever = desk([*ENGLISH, article("more", "We open on Monday.", "en"), page])
    theirs = asked(retriever, "Muss ich Zoll bezahlen?")[0]
    hits = {page.id: Hit(page, 1.0, 0.9)}
    lines = ["- Dauer: 4 bis 8 Werktage\n- Muss ich Zoll bezahlen: nein", "- Dauer: 4 bis 8 Werktage\n- Bitte anrufen"]
    drafts = [Candidate(text, "excerpt", (page.id,), {"part_score": 9.0}) for text in lines]
    found = fitting(theirs, drafts, hits, retriever)
    assert [candidate.passed for candidate in found] == [True, False]


def test_an_article_in_the_desks_language_that_fits_better_comes_first(desk):
    page = Passage(
        "versand#0", PassageKind.ARTICLE, "Versand nach Wien", LIEFERUNG, "versand", "versand", language="de"
    )
    retriever = desk([*ENGLISH, article("more", "We open on Monday.", "en"), page])
    theirs = asked(retriever, "Wie lange dauert die Lieferung nach Deutschland?")[0]
    drafts = [Candidate(LIEFERUNG, "excerpt", (page.id,), {"part_score": score}) for score in (9.0, 0.0)]
    found = fitting(theirs, drafts, {page.id: Hit(page, 1.0, 0.9)}, retriever)
    assert [candidate.passed for candidate in found] == [True, False]


def test_a_past_answer_is_known_by_the_question_it_answered_alone(desk):
    past = Passage("c:1", PassageKind.MOMENT, "Wie entkalke ich?", "Zoll bezahlen", "c", language="de")
    retriever = desk([*ENGLISH, past])
    theirs = asked(retriever, "Muss ich Zoll bezahlen?")[0]
    (found,) = fitting(
        theirs, [Candidate("Zoll bezahlen", "verbatim", ("c:1",))], {"c:1": Hit(past, 1.0, 1.0)}, retriever
    )
    assert not found.passed
