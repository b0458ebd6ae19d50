"""What a model says word for word from its training is found; ways of speaking and what it was given are not."""

from __future__ import annotations

from chatbot.dialogue.check.copying import LONGEST_RUN, RUN, LearntRuns, check_copied, words_of

STORY = (
    "The umbrella had been riding the tram longer than anyone on board and nobody knew whose it was until Nora "
    "picked it up at the last stop and shook off the rain"
)
OTHER = "Otto smelled it before he saw it the first tray was black at the edges and he put it by the door for birds"
LEARNT = LearntRuns.of([(12, STORY), (13, OTHER)], "scenes.jsonl")
OWN = (
    "I had never asked the sea for anything before but it gave me a shoe with a crab in it and both of us were rather "
    "surprised by that for a very long while indeed"
)


def within(count: int) -> str:
    """So many words of the story in the middle of words that nobody wrote before."""
    return f"{OWN} {' '.join(STORY.split()[:count])} {OWN[::-1]}"


def test_a_long_run_is_told_with_its_place():
    result = check_copied(within(LONGEST_RUN + 1), LEARNT)
    assert (result.name, result.passed) == ("copied", False)
    assert result.detail == f"{LONGEST_RUN + 1} words in a row from line 12 of scenes.jsonl"


def test_a_run_that_is_not_too_long_passes():
    assert check_copied(within(LONGEST_RUN), LEARNT).passed


def test_case_and_punctuation_hide_no_copy():
    assert not check_copied(STORY.upper().replace(" ", ", "), LEARNT).passed


def test_a_short_text_that_is_nearly_all_copied_is_told():
    short = " ".join(OTHER.split()[: RUN + 1])
    assert check_copied(short, LEARNT).detail == f"{RUN + 1} words in a row from line 13 of scenes.jsonl"
    assert check_copied(" ".join(OTHER.split()[: RUN - 1]), LEARNT).passed


def test_what_was_given_may_be_said_again():
    assert check_copied(STORY, LEARNT, [f"He wrote: {STORY}."]).passed


def test_what_many_texts_say_belongs_to_nobody():
    closing = "Please write to us again at any time if there is anything else that we can do for you"
    texts = [(line, f"{closing}, {line}") for line in range(1, 4)]
    assert not check_copied(closing, LearntRuns.of(texts[:2], "m")).passed
    assert check_copied(closing, LearntRuns.of(texts, "m")).passed


def test_words_of_scripts_without_spaces_are_characters():
    assert words_of("Don't 退款 re-use") == ["don't", "退", "款", "re-use"]


def test_nothing_learnt_finds_nothing():
    assert check_copied(STORY, LearntRuns.of([], "empty")).passed
