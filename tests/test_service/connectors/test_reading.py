"""What is read of a help desk's JSON, and what is sent into its fields of HTML."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chatbot.service.connectors import reading
from chatbot.service.connectors.signed import signed_at
from data.cleaning.html_text import plain_text

SIGNED = "It is still broken.\n\n-- \nAda Lovelace\nAnalytical Engines Ltd"


def test_a_signature_is_cut_from_what_customers_write_and_not_from_answers_which_are_compared():
    assert reading.words(SIGNED, role="customer") == "It is still broken."
    assert reading.words(SIGNED, role="agent") == SIGNED


def test_what_is_nothing_but_a_quote_is_said_all_the_same():
    assert reading.words("> Try again.\n> Please.", role="customer") == "Try again.\nPlease."


@pytest.mark.parametrize(
    ("given", "at"),
    [
        (1777629600, datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T12:00:00+02:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        ("2026-05-01 10:00:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_times_are_read_in_utc(given, at):
    assert reading.moment(given) == at


@pytest.mark.parametrize("said", ["", "yesterday", "9" * 19, "-1", "2026-13-45T00:00:00Z", "\ud800"])
def test_what_is_no_time_was_signed_never(said):
    assert signed_at(said) is None


@pytest.mark.parametrize("value", ["true", 1, 0, None, "false", []])
def test_what_is_only_like_true_or_false_is_neither(value):
    with pytest.raises(TypeError):
        reading.flag(value)


def test_a_plain_text_reads_the_same_as_html_and_nothing_in_it_is_filled_in():
    text = "Dear Ada,\n\n1 < 2 & 3 > 2, <b>not bold</b> &amp; so on.\n\n{{ticket.id}} {% if x %}\n[understudy:12]"
    sent = reading.as_html(text)
    assert not any(mark in sent for mark in ("{{", "}}", "{%", "%}", "<b>"))
    back = plain_text(sent)
    assert back == reading.without_templates(text)


def test_tags_are_as_many_and_as_long_as_are_kept():
    found = reading.tags(["a", "a", "", "b" * 100, *(f"t{number}" for number in range(50))])
    assert found[:2] == ("a", "b" * 60)
    assert len(found) == 30
