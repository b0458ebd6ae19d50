"""Values that customer and answer share become others of their kind, everywhere alike."""

from __future__ import annotations

import re

from data.transcripts import Role, Turn
from finetune.augment.slots import mixing
from tests.test_finetune.augment.augment_desk import asked, learnt

CITIES = ("Oslo", "Lyon", "Bremen", "Porto", "Turin", "Ghent", "Basel")
DESK = [
    asked(
        n, f"I need a bus to {city}, please. My booking is AB-10{n}.", f"There is a bus to {city} for booking AB-10{n}."
    )
    for n, city in enumerate(CITIES)
]


def mixed(moment, *evidence, desk=DESK):
    (made,) = mixing([*desk, moment])([learnt(moment, *evidence)], 0)
    return made


def test_a_value_is_swapped_in_question_answer_dialogue_and_evidence():
    before = Turn(Role.AGENT, "To Oslo?")
    moment = asked(9, "I need a bus to Oslo, it is oslo.", "There is a bus to Oslo now.", before)
    assert mixed(moment, "Osloer buses are red.") is None  # which would not follow
    made = mixed(moment, "A bus to Oslo goes daily.")
    assert made is not None
    texts = [*(turn.text for turn in made.moment.context), made.moment.answer, *made.evidence]
    (city,) = set(re.findall(r"bus to (\w+)", " ".join(texts)))
    assert city in CITIES
    assert city != "Oslo"
    told = (f"To {city}?", f"I need a bus to {city}, it is {city.lower()}.", f"There is a bus to {city} now.")
    assert texts == [*told, f"A bus to {city} goes daily."]


def test_numbers_days_and_sums_keep_their_shape():
    question = "Is AB-100 there on Friday at 10:30 for $12.50?"
    desk = [*DESK, asked(20, "On Monday at 11:45 for $9.99", "Yes, Monday.")]
    made = mixed(asked(9, question, "Yes, AB-100 is there on Friday at 10:30 for $12.50."), desk=desk)
    assert made is not None
    asks, answers = made.moment.context[0].text, made.moment.answer
    assert re.fullmatch(r"Is AB-10[1-6] there on Monday at 11:45 for \$9\.99\?", asks)
    assert answers == f"Yes, {asks[3:9]} is there on Monday at 11:45 for $9.99."


def test_what_may_be_reckoned_or_stands_on_one_side_only_stays():
    assert mixed(asked(9, "I need a bus to Oslo, please.", "To Oslo it takes 7 hours.")) is None  # from nowhere
    assert mixed(asked(9, "I need a bus to Oslo, please.", "To Oslo it takes 7 hours."), "7 hours") is not None
    assert mixed(asked(9, "I need a bus to Oslo, please.", "It goes daily.")) is None
    assert mixed(asked(9, "I need 2 tickets.", "2 tickets are booked.")) is None  # a count


def test_placeholders_and_links_stay():
    assert mixed(asked(9, "Is [ORDER_101] there?", "[ORDER_101] is there.")) is None
    moment = asked(9, "I need a bus to Oslo, please.", "Oslo: see https://x.org/oslo-bus now.")
    assert mixed(moment) is None


def test_what_is_mostly_written_small_is_no_value():
    desk = [
        asked(
            n,
            f"I open the menu {name}, in Acme",
            f"You open the menu {name}, in Acme. The {name.lower()} is there, {name.lower()}.",
        )
        for n, name in enumerate(["Inbox", "Trash", "Archive", "Drafts"] * 2)
    ]
    assert all(mixed(each, desk=desk) is None for each in desk)


def test_what_the_whole_desk_is_about_is_not_swapped_for_what_it_seldom_is():
    names = ["Acme"] * 20 + ["Zeta", "Yota"]
    desk = [
        asked(n, f"I need help with {name}, please", f"You get help with {name}, sure.") for n, name in enumerate(names)
    ]
    assert mixed(desk[0], desk=desk) is None
    assert mixed(desk[-1], desk=desk) is not None
