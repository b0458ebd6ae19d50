"""The sample desk keeps what its data card says."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import date

import pytest

from data.moments import moments_of
from data.sample import (
    ARTICLES,
    GENERATED,
    OWN_CONTACTS,
    QUESTIONS,
    SAMPLE_FOLDER,
    SHOP_DOMAIN,
    SUGGESTED_QUESTIONS,
    TRANSCRIPTS,
)
from data.sample.deck import Deck
from data.sample.generate import generate, write
from data.sample.material import load_material
from data.sample.noise import slip
from data.transcripts import Conversation, Role, conversation_from_json, conversation_to_json, to_line, turns_from_json

_FICTIONAL_PHONES = re.compile(
    r"(?:\+44 |0)20 7946 0\d{3}|01632 960\d{3}|(?:\+44 7|07)700 900\d{3}|030 23125 \d{3}|555-01\d\d",
)
_LONG_NUMBER = re.compile(r"(?<![\w£-])\+?\d[\d \-()]{7,}\d")
_ALLOWED_NUMBERS = {
    "4111 1111 1111 1111",  # test cards
    "4242 4242 4242 4242",
    "5555 5555 5555 4444",
    "1234 5698 7654 32",  # the IBAN everybody uses as an example
    "40 303 265 045",  # VAT numbers of documentation
    "999 9999 73",
}
_DOMAIN = re.compile(
    r"\b(?:[\w-]+\.)+(?:com|org|net|io|co|uk|de|fr|es|cn|eu|info|biz|shop|app|dev|ai)\b", re.IGNORECASE
)
_HOST = re.compile(r"(?:https?://|@)([\w.-]*\w)")


def read(path) -> list[Conversation]:
    return [conversation_from_json(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def hand_written() -> list[Conversation]:
    return read(TRANSCRIPTS)


@pytest.fixture(scope="module")
def generated() -> list[Conversation]:
    return read(GENERATED)


@pytest.fixture(scope="module")
def articles() -> dict[str, dict[str, str]]:
    found = {}
    for path in sorted(ARTICLES.glob("*.md")):
        _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
        found[path.stem] = dict(line.split(": ", 1) for line in front.splitlines()) | {"text": body.strip()}
    return found


@pytest.fixture(scope="module")
def everything() -> str:
    files = [TRANSCRIPTS, GENERATED, QUESTIONS, *ARTICLES.glob("*.md")]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def told(conversation: Conversation) -> tuple[str, ...]:
    return tuple(turn.text for turn in conversation.turns)


def test_there_is_enough_of_it(hand_written, generated, articles):
    assert len(articles) >= 24
    assert len(hand_written) >= 70
    assert len(generated) >= 360
    assert GENERATED.stat().st_size < 1_500_000


def test_the_data_card_tells_the_counts(hand_written, generated, articles):
    card = (SAMPLE_FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"| {len(articles)} (" in card
    assert f"| {len(hand_written)} (" in card
    assert f"| {len(generated)}, English |" in card
    languages = Counter(conversation.language for conversation in hand_written)
    for language, name in {"en": "English", "de": "German", "fr": "French", "es": "Spanish", "zh": "Chinese"}.items():
        assert f"{languages[language]} {name}" in card


def test_dates_span_eighteen_months(hand_written, generated):
    for conversations in (hand_written, generated):
        days = [date.fromisoformat(conversation.created) for conversation in conversations]
        assert (max(days) - min(days)).days >= 540
        assert days == sorted(days)


def test_lines_are_canonical_and_come_back_out_the_same(hand_written, generated):
    for path, conversations in ((TRANSCRIPTS, hand_written), (GENERATED, generated)):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [to_line(conversation_to_json(one)) for one in conversations] == lines


def test_ids_are_unique(hand_written, generated):
    ids = [conversation.id for conversation in hand_written + generated]
    assert len(set(ids)) == len(ids)


def test_labels(hand_written, generated, articles):
    for conversation in hand_written + generated:
        labels = conversation.labels
        assert isinstance(labels["solved"], bool)
        assert labels["topic"]
        assert labels.get("rating") in {None, 1, 2, 3, 4, 5}
        assert set(labels.get("kb_links", ())) <= set(articles), conversation.id
        named = {turn.author for turn in conversation.turns if turn.role is Role.AGENT}
        assert "agent" not in labels or labels["agent"] in named


def test_turns_have_times_in_order_and_staff_have_names(hand_written, generated):
    for conversation in hand_written + generated:
        times = [turn.at for turn in conversation.turns]
        assert all(times)
        assert times == sorted(times), conversation.id
        assert times[0].startswith(conversation.created)
        assert all(turn.author for turn in conversation.turns if turn.role in {Role.AGENT, Role.NOTE, Role.BOT})


def test_the_hand_written_part_has_what_desks_see(hand_written):
    roles = Counter(turn.role for conversation in hand_written for turn in conversation.turns)
    assert roles[Role.BOT] >= 4
    assert roles[Role.NOTE] >= 4
    assert {"en", "de", "fr", "es", "zh"} <= {conversation.language for conversation in hand_written}
    assert sum(not conversation.labels["solved"] for conversation in hand_written) >= 25
    assert sum("handed_over" in conversation.labels for conversation in hand_written) >= 5
    assert any(turn.author == "other" for conversation in hand_written for turn in conversation.turns)
    text = "\n".join(turn.text for conversation in hand_written for turn in conversation.turns)
    assert "\n> " in text
    assert "4111 1111 1111 1111" in text
    duplicates = [texts for texts, count in Counter(map(told, hand_written)).items() if count > 1]
    assert len(duplicates) == 1


def test_no_two_conversations_are_the_same_but_the_one_planted(hand_written, generated):
    counts = Counter(map(told, hand_written + generated))
    assert sum(count - 1 for count in counts.values()) == 1


def test_nearly_all_conversations_teach_something(hand_written, generated):
    both = hand_written + generated
    assert sum(any(True for _ in moments_of(one)) for one in both) >= 0.97 * len(both)
    answers = [moment.answer for one in generated for moment in moments_of(one) if len(moment.answer) > 100]
    assert len(set(answers)) >= 0.95 * len(answers)


def test_articles_are_whole(articles):
    for slug, article in articles.items():
        assert article["slug"] == slug
        assert article["url"] == f"https://{SHOP_DOMAIN}/help/{slug}"
        assert article["title"]
        date.fromisoformat(article["updated"])
        assert 120 <= len(article["text"].split()) <= 350, slug


def test_articles_link_to_articles_that_exist(articles):
    for article in articles.values():
        for slug in re.findall(rf"{re.escape(SHOP_DOMAIN)}/help/([\w-]+)", article["text"]):
            assert slug in articles


def test_amounts_in_generated_answers_stand_in_their_articles(generated, articles):
    """Every amount an agent names is a price of our own, written in some article."""
    known = {amount for article in articles.values() for amount in re.findall(r"£[\d,.]*\d", article["text"])}
    for conversation in generated:
        for turn in conversation.turns:
            if turn.role is Role.AGENT:
                assert set(re.findall(r"£[\d,.]*\d", turn.text)) <= known, turn.text


def test_amounts_of_the_hand_written_part_are_ours_the_customers_or_sums(hand_written, articles):
    known = {amount for article in articles.values() for amount in re.findall(r"£[\d,.]*\d", article["text"])}
    sums = {
        "£1,007",  # two Kingfishers and a Badger
        "£36.45",  # a Teal and its delivery, less the label
        "£3.80",  # 10 % of a Sandpiper
        "£2,225",  # 25 Herons
        "£75.65",  # a Heron less 15 %
        "£224",  # seven places of a group
    }
    for conversation in hand_written:
        told = "".join(turn.text for turn in conversation.turns if turn.role is Role.CUSTOMER)
        for turn in conversation.turns:
            if turn.role is Role.AGENT:
                strange = set(re.findall(r"£[\d,.]*\d", turn.text)) - known - sums
                assert all(amount.removeprefix("£") in told for amount in strange), turn.text


def test_no_agent_says_that_a_person_writes(hand_written, generated):
    """The desk replays its agents' words, and then they are a machine's."""
    person = r"a (?:real |actual )?(?:person|human)"
    claim = re.compile(rf"\b(?:I'm|I am),? {person}|\bI am, {person}|with {person}|{person} here", re.IGNORECASE)
    for conversation in hand_written + generated:
        for turn in conversation.turns:
            assert turn.role is not Role.AGENT or not claim.search(turn.text), conversation.id


def test_no_agent_takes_back_what_he_said(hand_written, generated):
    for conversation in hand_written + generated:
        for turn in conversation.turns:
            assert turn.role is not Role.AGENT or "correct myself" not in turn.text, conversation.id


def test_a_good_morning_is_said_before_noon(generated):
    morning = re.compile(r"\bgood morning\b|^morning!", re.IGNORECASE)
    hours = {int(turn.at[11:13]) for one in generated for turn in one.turns if morning.search(turn.text)}
    assert hours
    assert max(hours) < 12


def test_agents_who_contract_words_do_so_where_people_do(generated):
    said = [turn.text for one in generated for turn in one.turns if turn.role is Role.AGENT]
    assert any("it's " in text for text in said)
    assert not [text for text in said if re.search(r"\bwhat it's and|\b(?:credit|wait)'s\b", text)]


def test_a_product_has_its_article(generated):
    assert not [turn.text for one in generated for turn in one.turns if re.search(r"\b[Aa] Otter", turn.text)]


def test_nothing_points_to_a_real_domain(everything):
    assert _DOMAIN.findall(everything) == []
    hosts = {host.lower() for host in _HOST.findall(everything)}
    assert all(host.endswith(".example") for host in hosts), hosts


def test_no_phone_number_is_real(everything):
    rest = _FICTIONAL_PHONES.sub("", re.sub(r'"at":"[^"]*"|\d{4}-\d\d-\d\d', "", everything))
    found = {match.strip() for match in _LONG_NUMBER.findall(rest)} - _ALLOWED_NUMBERS
    assert found == set()


def test_generator_is_reproducible_to_the_byte(tmp_path):
    assert write(tmp_path / "again.jsonl") == len(read(GENERATED))
    assert (tmp_path / "again.jsonl").read_bytes() == GENERATED.read_bytes()


def test_another_seed_gives_other_conversations():
    one, other = [[told(conversation) for conversation in generate(20, seed)] for seed in (1, 2)]
    assert not set(one) & set(other)
    assert one == [told(conversation) for conversation in generate(20, 1)]


def test_the_generator_uses_all_of_its_material(generated):
    material = load_material()
    assert len(material.intents) >= 30
    assert all(len(set(intent.asks)) >= 8 for intent in material.intents)
    used = Counter(conversation.labels["intent"] for conversation in generated)
    assert set(used) == {intent.name for intent in material.intents}
    assert len({conversation.labels["agent"] for conversation in generated}) == len(material.agents)
    assert not any("{" in turn.text for conversation in generated for turn in conversation.turns)


def test_intents_are_sound(articles):
    for intent in load_material().intents:
        assert intent.article in articles, intent.name
        assert bool(intent.still) == intent.trouble, intent.name
        assert all(ask.tail is None or ask.tail < len(intent.tails) for ask in intent.asks), intent.name


def test_the_safety_notice_is_not_known_before_its_day(generated):
    asked = [one.created for one in generated if "puffin-safety-notice" in one.labels["kb_links"]]
    assert asked
    assert min(asked) >= "2025-10-06"


def test_questions_are_held_out(hand_written, generated, articles):
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert Counter(row["expect"]["decision"] for row in rows) == {"answer": 28, "hand_over": 12}
    assert len({row["id"] for row in rows}) == len(rows) == 40
    seen = {" ".join(re.findall(r"\w+", turn.text.lower())) for one in hand_written + generated for turn in one.turns}
    for row in rows:
        turns = turns_from_json(row["turns"])
        assert turns[-1].role is Role.CUSTOMER
        assert " ".join(re.findall(r"\w+", turns[-1].text.lower())) not in seen
        answerable = row["expect"]["decision"] == "answer"
        assert (row["expect"]["article"] in articles) if answerable else (row["expect"]["article"] is None)


def test_suggested_questions_are_short():
    assert len(SUGGESTED_QUESTIONS) == 4
    assert all(len(question) <= 60 for question in SUGGESTED_QUESTIONS)


def test_a_slip_never_touches_numbers_or_addresses():
    rng = random.Random(0)
    for _ in range(200):
        slipped = slip(
            "Please send order KO-104233 to ada.brook@post.example for £3.95 because it isn't here", rng, 0.9
        )
        assert "KO-104233" in slipped
        assert "ada.brook@post.example" in slipped
        assert "£3.95" in slipped


def test_a_deck_deals_everything_before_anything_comes_again():
    deck = Deck(range(5), random.Random(0))
    assert sorted(deck.draw() for _ in range(5)) == [0, 1, 2, 3, 4]
    assert deck.draw(lambda card: card == 3) == 3
    with pytest.raises(LookupError):
        deck.draw(lambda card: card > 9)


def test_what_masking_leaves_as_the_shops_own_is_what_its_articles_name():
    told = "\n".join(path.read_text(encoding="utf-8") for path in ARTICLES.glob("*.md"))
    assert [own for own in OWN_CONTACTS if own not in told] == []
