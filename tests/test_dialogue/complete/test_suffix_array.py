"""The suffix array against looking through all texts by hand."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from chatbot.dialogue.complete.joined_arrays import JoinedSuffixArray
from chatbot.dialogue.complete.suffix_array import DEPTH, SuffixArray, words_of

LETTERS = st.text(alphabet="ab \n.[退", max_size=30)
TEXTS = st.lists(st.one_of(LETTERS, st.text(max_size=20), st.just("We mail [EMAIL_1] a bag.")), max_size=8)


def by_hand(texts, draft, length):
    """Of each place where the end of a draft occurs: the text, and the word number there."""
    *whole, last = words_of(draft) or [""]
    wanted = whole[len(whole) - min(length, len(whole)) :]
    at_edge = length > len(whole)
    found = []
    for number, text in enumerate(texts):
        words = words_of(text)
        for place, word in enumerate([*words, ""]):
            before = words[max(0, place - len(wanted)) : place]
            fits = word.startswith(last) and (word or (last and not word)) and before == wanted
            if fits and word and (not at_edge or place == len(wanted)):
                found.append((number, place))
    return sorted(found)


def found_in(array, draft):
    """The same, by length of run, from the array."""
    rows = []
    for run in array.occurrences(draft, 10**6):
        texts = array.texts_at(run.places).tolist()
        rows.append((texts, [array.word(number) for number in array.numbers(run.places).tolist()]))
    return rows


@given(text=st.text(max_size=60))
@example(text="Hi [EMAIL_1], 退款 don't  do\r\n it…")
def test_words_are_the_text_and_a_cut_changes_the_last_alone(text):
    words = words_of(text)
    assert "".join(words) == text
    if "[" in text or "<" in text:
        return
    for cut in range(len(text) + 1):
        *whole, last = words_of(text[:cut]) or [""]
        assert words[: len(whole)] == whole
        assert cut == 0 or words[len(whole)].startswith(last)


@given(texts=TEXTS, cut=st.integers(0, 8), draft=LETTERS, own=st.booleans())
@example(texts=["ab ab ab ab"], cut=0, draft="ab a", own=False)
@example(texts=["a", "a b", ""], cut=1, draft="a", own=False)
def test_every_place_is_found_for_every_length(texts, cut, draft, own):
    if own and texts:
        draft = texts[0][: len(draft)]
    array = JoinedSuffixArray(SuffixArray(texts[:cut]), texts[cut:])
    assert len(array) == len(texts)
    rows = found_in(array, draft)
    for length, (numbers, words) in enumerate(rows):
        expected = by_hand(texts, draft, length)
        assert sorted(numbers) == [number for number, _ in expected]
        assert sorted(words) == sorted(words_of(texts[number])[place] for number, place in expected)
    longest = min(len(words_of(draft) or [""]), DEPTH)
    if len(rows) <= longest:
        assert not by_hand(texts, draft, len(rows))


@given(texts=TEXTS.filter(bool), cut=st.integers(0, 8))
def test_texts_come_back_and_are_found_by_themselves(texts, cut):
    array = JoinedSuffixArray(SuffixArray(texts[:cut]), texts[cut:])
    for number, text in enumerate(texts):
        assert array.text(number) == text
        assert number in array.alike(text)
        assert all(texts[other] == text for other in array.alike(text) if len(words_of(text)) <= DEPTH)


def test_an_answer_that_only_begins_alike_is_another():
    array = SuffixArray(["Hi", "Hi there", "So"])
    assert (array.alike("Hi"), array.alike("Hi there"), array.alike("Hi the"), array.alike("No")) == ([0], [1], [], [])


def test_masked_slots_are_words_that_may_not_be_shown():
    array = SuffixArray(["Ask [EMAIL_1] or [PHONE_2] now"])
    closed = [word for word, shown in zip(array.words, array.masks.open, strict=True) if not shown]
    assert closed == ["", " [EMAIL_1]", " [PHONE_2]"]
