"""Names are made of what a topic's questions say and the others' do not."""

from __future__ import annotations

import random

import numpy as np

from retrieval.topics.naming import named, said_by, words_of

SUBJECTS = (
    "parcel courier",
    "refund money",
    "lamp bulb",
    "kettle lid",
    "invoice tax",
    "colour blue",
    "voucher code",
    "chair leg",
)
FILLER = [
    "hello",
    "could",
    "you",
    "please",
    "tell",
    "me",
    "what",
    "i",
    "should",
    "do",
    "about",
    "my",
    "the",
    "and",
    "it",
    "is",
]


def shop(each: int = 30) -> tuple[list[str], list[int]]:
    draw = random.Random(0)
    texts, topics = [], []
    for topic, subject in enumerate(SUBJECTS):
        for _ in range(each):
            texts.append(" ".join([*draw.sample(FILLER, 10), *subject.split()]))
            topics.append(topic)
    return texts, topics


def test_a_name_says_the_subject_and_no_stop_words() -> None:
    texts, topics = shop()
    for name, subject in zip(named(texts, ["en"] * len(texts), np.array(topics), len(SUBJECTS)), SUBJECTS, strict=True):
        assert set(name.name.split(", ")) == set(subject.split())
        assert not set(name.words) & set(FILLER)


def test_a_topic_in_another_language_is_named_in_it_and_says_so() -> None:
    texts, topics = shop()
    draw = random.Random(1)
    german = ["ich", "habe", "und", "der", "die", "das", "nicht", "ist", "mit", "ein"]
    texts += [" ".join([*draw.sample(german, 7), "Rechnung", "fehlt"]) for _ in range(30)]
    topics += [8] * 30
    languages = ["en"] * (len(texts) - 30) + ["de-DE"] * 30
    name = named(texts, languages, np.array(topics), 9)[8].name
    assert name.endswith("(de)")
    assert not set(name.removesuffix(" (de)").split(", ")) & {"ich", "und", "der", "die", "das", "ist", "mit", "ein"}


def test_topics_of_the_same_words_have_different_names() -> None:
    texts = ["red lamp glass shade"] * 10 + ["red lamp glass stand"] * 10
    found = named(texts, [None] * 20, np.array([0] * 10 + [1] * 10), 2)
    assert found[0].name != found[1].name


def test_forms_of_one_word_stand_once_and_as_people_write_them() -> None:
    texts, topics = shop()
    texts += ["My Gmail password and passwords in GMAIL or Gmail, recieve receive"] * 20
    topics += [8] * 20
    words = named(texts, [None] * len(texts), np.array(topics), 9)[8].name.split(", ")
    assert "Gmail" in words
    assert len({"password", "passwords"} & set(words)) <= 1
    assert len({"receive", "recieve"} & set(words)) <= 1


def test_masks_addresses_numbers_and_codes_name_nothing() -> None:
    text = "Mail [EMAIL_1] about [ORDER] 12345 at https://shop.example/a?b=c or me@shop.example 9f86d081884c7d65 kettle"
    assert words_of(text) == {"mail", "about", "at", "or", "kettle"}


def test_a_name_fits_while_its_words_are_typical() -> None:
    assert said_by("Gmail, password", ("password", "gmail", "login"))
    assert said_by("Rechnung, fehlt (de)", ("rechnung", "fehlt"))
    assert not said_by("Gmail, password", ("password", "login"))


def test_topics_without_questions_have_no_words() -> None:
    assert [one.name for one in named([], [], np.empty(0, dtype=np.int64), 2)] == ["", ""]
