from __future__ import annotations

from dataclasses import replace

import numpy as np

from chatbot.dialogue.match import Part
from chatbot.dialogue.window import read
from chatbot.dialogue.write.excerpt import excerpts, written
from data.blocks import Block, BlockKind, blocks_of
from retrieval.passages import Passage, PassageKind
from retrieval.search.hits import Hit
from retrieval.search.late import Word

DIALS = "Brewing | Wren clicks | Badger dial\nPress | 24 to 28 | 30 to 36\nMoka | 11 to 13 | 13 to 16"


def _parts(slug, text, scores, covers=None):
    hit = Hit(Passage(f"{slug}#0", PassageKind.ARTICLE, text, text, slug, title=slug), 0.5, 0.5)
    blocks = blocks_of(text)
    parts = [
        Part(hit, place, block, score, {"missed": 0.1}, np.array(held, dtype=np.float32))
        for place, (block, score, held) in enumerate(zip(blocks, scores, covers or [[0.5]] * len(blocks), strict=True))
    ]
    return sorted(parts, key=lambda part: -part.score)


def _first(text, scores, covers=None):
    return excerpts(read_("how"), _parts("a", text, scores, covers))[0].text


def read_(question):
    from data.transcripts import Role, Turn

    return read([Turn(Role.CUSTOMER, question)])


def test_the_row_asked_for_is_told_with_the_column_asked_for():
    press = blocks_of(DIALS)[0]
    assert written([press], "badger dial for a press?") == "Press \u2013 Badger dial: 30 to 36."
    assert written([press], "press?") == "Press \u2013 Wren clicks: 24 to 28; Badger dial: 30 to 36."


def test_a_row_never_says_only_the_question_back():
    express = blocks_of("Where to | Service | Price\nUnited Kingdom | Express | £7.95")[0]
    said = "United Kingdom \u2013 Service: Express; Price: £7.95."
    assert written([express], "I did not order the express service but was charged £7.95 for it") == said
    assert written([express], "which service to the united kingdom?") == "United Kingdom \u2013 Service: Express."


def test_several_rows_and_items_are_listed_under_the_line_that_leads_to_them():
    assert written(blocks_of("You can:\n\n- pause\n- cancel"), "") == "You can:\n- pause\n- cancel"
    pause, cancel = (Block(BlockKind.ITEM, text, lead="You can:") for text in ("pause", "cancel"))
    assert written([pause, cancel], "") == "You can:\n- pause\n- cancel"
    assert written([cancel], "") == "You can: cancel"
    assert written(blocks_of(DIALS), "wren").startswith("- Press \u2013 Wren clicks: 24 to 28.\n- Moka")


def test_what_holds_more_of_the_question_is_sent_along_in_the_order_of_the_article():
    text = "Keep it shut.\n\nNot in the fridge.\n\nSomething about delivery."
    assert _first(text, [0.85, 1.0, 0.3], [[0.1, 0.4], [0.4, 0.1], [0.5, 0.5]]) == "Keep it shut.\n\nNot in the fridge."
    assert _first(text, [0.85, 1.0, 0.3], [[0.4, 0.1], [0.4, 0.1], [0.5, 0.5]]) == "Not in the fridge."


def test_the_rule_stands_before_its_exception_where_it_fits_nearly_as_well():
    text = "Within 30 days.\n\nDays 31 to 60: store credit.\n\nSomething about delivery."
    assert _first(text, [0.93, 1.0, 0.3]) == "Within 30 days.\n\nDays 31 to 60: store credit."
    assert _first(text, [0.8, 1.0, 0.3]) == "Days 31 to 60: store credit."


def test_a_list_that_nothing_leads_to_is_led_to_by_its_heading():
    assert written(blocks_of("What we cannot take back\n\n- Opened coffee.\n- Engraved items."), "") == (
        "What we cannot take back:\n- Opened coffee.\n- Engraved items."
    )


def test_rows_of_one_name_go_together_unless_one_is_asked_for():
    text = "Where to | Service | Price\nUnited Kingdom | Standard | £3.95\nUnited Kingdom | Express | £7.95"
    both = excerpts(read_("how much is delivery to the UK"), _parts("a", text, [0.5, 1.0]))[0].text
    assert "£3.95" in both
    assert "£7.95" in both
    express = excerpts(read_("how much is express to the UK"), _parts("a", text, [0.5, 1.0]))[0].text
    assert "£3.95" not in express


def test_a_row_of_another_place_is_no_answer():
    text = "Where to | Price\nIreland | £7.50\nUnited Kingdom | £3.95\n\nWe do not deliver to Norway."
    (found,) = excerpts(read_("what does it cost to Norway"), _parts("a", text, [1.0, 0.9, 0.5]))
    assert found.text == "We do not deliver to Norway."


def test_steps_follow_the_short_line_that_names_the_fault():
    text = "It hums but does not turn.\n\n1. Pull the plug.\n2. Empty it."
    assert _first(text, [1.0, 0.1]) == text
    assert _first(text, [0.1, 1.0]) == "1. Pull the plug.\n2. Empty it."


def test_each_of_the_best_articles_is_a_candidate_of_its_own():
    parts = [*_parts("a", "One thing is so.", [1.0]), *_parts("b", "Another is so.", [0.9]), *_parts("c", "C.", [0.8])]
    assert [found.evidence_ids for found in excerpts(read_("q"), parts)] == [("a#0",), ("b#0",)]
    assert excerpts(read_("q"), []) == []


def test_the_part_that_a_chosen_one_points_at_is_sent_along():
    text = "E2: reset the kettle (see below). Else broken.\n\nReset: hold the knob 10 seconds.\n\nDescale: soon."
    assert _first(text, [1.0, 0.2, 0.2]).endswith("Reset: hold the knob 10 seconds.")
    assert "knob" not in _first(text.replace(" (see below)", ""), [1.0, 0.2, 0.2])


def test_a_step_that_a_part_names_brings_its_steps_along():
    steps = "1. Take the filter out.\n2. Press Brew."
    text = f"1. Wipe it.\n2. Rinse it.\n\n{steps}\n\nStill on? Repeat step 2.\n\nDone?\n\n1. Pull it.\n2. Push it."
    assert _first(text, [0.1, 0.1, 1.0, 0.1, 0.1]) == f"{steps}\n\nStill on? Repeat step 2."
    assert "Take" not in _first(text, [0.1, 0.1, 1.0, 1.01, 0.1])  # "Done?" is best
    assert _first(text.replace("step 2", "step 7"), [0.1, 0.1, 1.0, 0.1, 0.1]) == "Still on? Repeat step 7."


def test_steps_follow_their_line_into_the_next_passage():
    line, steps = _parts("a", "Every 3 months: descale.", [1.0])[0], _parts("a", "1. Fill it.\n2. Press.", [0.1])[0]
    behind = replace(steps, hit=replace(steps.hit, passage=replace(steps.hit.passage, id="a#1")))
    further = replace(steps, hit=replace(steps.hit, passage=replace(steps.hit.passage, id="a#2")))
    assert excerpts(read_("how"), [line, behind])[0].text == "Every 3 months: descale.\n\n1. Fill it.\n2. Press."
    assert excerpts(read_("how"), [line, further])[0].text == "Every 3 months: descale."


def test_a_code_of_the_kind_that_the_text_speaks_of_is_not_far_from_it():
    def far(question, text):
        words = tuple(Word(each, (0,), 0.3) for each in ("is", "p25", "08"))
        (part,) = _parts("a", text, [1.0], [[0.0]])
        return [word for word, _ in excerpts(read_(question), [replace(part, words=words)])[0].far if word != "is"]

    assert far("is p25-08 affected", "Only batch P25-07 is affected.") == []
    assert far("is p25-08 affected", "Only some are affected.") == ["p25", "08"]


def test_a_part_of_the_name_of_a_place_is_not_looked_for_by_itself():
    words = (Word("New", (0,), 0.3), Word("York", (0,), 0.3), Word("Badger", (0,), 0.3))
    part = replace(_parts("a", "We deliver to Ireland.", [1.0], [[0.0]])[0], words=words)
    assert [word for word, _ in excerpts(read_("my Badger in New York"), [part])[0].far] == ["Badger"]


def test_a_part_that_names_the_place_asked_about_stands_without_what_holds_elsewhere():
    text = "We send to Germany: 4 days, 9.90.\n\nWe do not deliver to Norway."
    parts = _parts("a", text, [1.0, 0.9])
    assert excerpts(read_("How much is delivery to Norway?"), parts)[0].text == "We do not deliver to Norway."
    assert excerpts(read_("How much is delivery?"), parts)[0].text == "We send to Germany: 4 days, 9.90."
