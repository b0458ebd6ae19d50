from __future__ import annotations

from chatbot.dialogue.match import matched
from retrieval.index.filters import Filters
from retrieval.passages import PassageKind


def _matched(retriever, question):
    vector = retriever.encoder.encode([question])
    kinds = [Filters(kinds=frozenset([kind])) for kind in (PassageKind.MOMENT, PassageKind.ARTICLE)]
    moments, articles = retriever.search_each([question] * 2, vector.repeat(2, axis=0), 20, kinds)
    answers = retriever.answer_vectors(moments)
    shares = retriever.live.view.lexical_answer.shares
    return matched(question, vector[0], moments, answers, articles, retriever.late, shares)


def test_the_part_that_answers_comes_first(retriever):
    parts = _matched(retriever, "how many days to send a return back")
    assert parts[0].slug == "returns"
    assert parts[0].signals["part_score"] == parts[0].score
    assert parts[0].signals["part_lead"] >= 0 >= parts[-1].signals["part_lead"]
    assert [part.score for part in parts] == sorted((part.score for part in parts), reverse=True)


def test_without_articles_there_are_no_parts(retriever):
    vector = retriever.encoder.encode(["x"])[0]
    assert matched("x", vector, [], vector[None][:0], [], retriever.late, lambda words: [0.5] * len(words)) == []
