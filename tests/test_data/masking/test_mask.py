"""Masking: what is found, what is not, and that placeholders are consistent."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.masking.conversation import mask_conversation
from data.masking.kinds import PLACEHOLDER
from data.masking.mask import Masker
from data.masking.phones import find_phones
from data.transcripts import Conversation, Role, Turn

FOUND = [
    ("write to jane.doe+x@mail.example.co.uk.", "write to [EMAIL_1]."),
    ("<jane@example.com>", "<[EMAIL_1]>"),
    ("jane (at) example (dot) com", "[EMAIL_1]"),
    ("imap://jane%40example.com@imap.example.com", "imap://[EMAIL_1]@imap.example.com"),
    ("call +49 30 901820 now", "call [PHONE_1] now"),
    ("0049-30-901820", "[PHONE_1]"),
    ("(212) 736-5000", "[PHONE_1]"),
    ("212-736-5000", "[PHONE_1]"),
    ("UK 020 7946 0958 thanks", "UK [PHONE_1] thanks"),
    ("Tel. 739002341", "Tel. [PHONE_1]"),
    ("my phone number is 555 0199 22", "my phone number is [PHONE_1]"),
    ("mein Handy: 0171 2345678", "mein Handy: [PHONE_1]"),
    ("card 4111 1111 1111 1111 exp 12/26", "card [CARD_1] exp 12/26"),
    ("378282246310005", "[CARD_1]"),
    ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [IBAN_1] please"),
    ("gb82west12345698765432", "[IBAN_1]"),
    ("see https://x.example/reset?token=abc now", "see [URL_1] now"),
    ("https://u:p@x.example/", "[URL_1]"),
    ("(https://x.example/#access_token=eyJhbGci)", "([URL_1])"),
    ("https://x.example/password-reset/9f8e7d6c5b4a39281706", "https://x.example/password-reset/9f8e7d6c5b4a39281706"),
    ("https://x.example/reset-password/9f8e7d6c5b4a39281706", "[URL_1]"),
    ("https://drive.example/d/1nuIE2Lpli44P0eM45sesoAgD8bd8WImQNWIggDObBw/edit", "[URL_1]"),
    ("my order 48213 is late", "my order [ORDER_1] is late"),
    ("Order #LL-48213", "Order #[ORDER_1]"),
    ("order number: 2024-00123", "order number: [ORDER_1]"),
    ("Bestellnummer 4821", "Bestellnummer [ORDER_1]"),
    ("Rechnungsnr. RE-2024-0017", "Rechnungsnr. [ORDER_1]"),
    ("numéro de commande 778812", "numéro de commande [ORDER_1]"),
    ("commande n° 778812", "commande n° [ORDER_1]"),
    ("número de pedido: 778812", "número de pedido: [ORDER_1]"),
    ("tracking 1Z999AA10123456784", "tracking [TRACKING_1]"),
    ("it is #778812345", "it is #[ORDER_1]"),
    ("AB-12345", "[ORDER_1]"),
    ("Ticket 127190--how", "Ticket [ORDER_1]--how"),
]

NOT_FOUND = [
    "Thunderbird 115.10.1 (64-bit), Windows 10 22H2, version 102.11.0",
    "error 0x80070005 and 0x8004010F, code 2153066805",
    "bug 1234567, Bug #1234567, https://bugzilla.mozilla.org/show_bug.cgi?id=1908761",
    "connect to 192.168.100.201 port 993, or 127.0.0.1:5000",
    "on 2024-03-09 06:46, 24/2/2024, 09.03.2024 and 2024/10/11 14:53",
    "between 2019 and 2023, the order 2024 of things",
    "color: #123456; background: #999999",
    "https://support.example/en/windows-10-safe-mode-92c27cff-db89-8644-1ce4-b3e5e56fe234",
    "https://hg.example/rev/0123456789abcdef0123456789abcdef01234567",
    "https://support.example/questions/1401059#answer-1557042",
    "https://x.example/search?code=en&key=1&q=token",
    "@nifty.comからメール",
    "it costs 1,234.56 or 12.345.678 euros, 25667833822 bytes",
    "profile 9xk2l0ab.default-release, 1.0 - 1.0 128.4.0 esr",
    "CVE-2024-12345, KB-5034441, RFC-5322, UTF-16",
    "07-45-2023 and 0905/2025 are dates",
    "order 100 of those, in order 3 times",
    "[EMAIL] and [PHONE] stay",
]


@pytest.mark.parametrize(("text", "masked"), FOUND)
def test_found(text, masked):
    assert Masker().mask(text) == masked


@pytest.mark.parametrize("text", NOT_FOUND)
def test_not_found(text):
    assert Masker().mask(text) == text


def test_the_same_value_gets_the_same_placeholder():
    masker = Masker()
    assert masker.mask("A@x.example or b@x.example") == "[EMAIL_1] or [EMAIL_2]"
    assert masker.mask("a@x.example, +49 30 901820") == "[EMAIL_1], [PHONE_1]"
    assert masker.mask("0049 30 901820") == "[PHONE_1]"
    assert masker.values == {"[EMAIL_1]": "A@x.example", "[EMAIL_2]": "b@x.example", "[PHONE_1]": "+49 30 901820"}


def test_a_value_known_from_elsewhere_needs_no_context():
    turns = (Turn(Role.CUSTOMER, "it says 48213"), Turn(Role.AGENT, "Is that order 48213?"))
    masked, counts = mask_conversation(Conversation("1", turns))
    assert [turn.text for turn in masked.turns] == ["it says [ORDER_1]", "Is that order [ORDER_1]?"]
    assert counts == {"ORDER": 2}


def test_when_it_began_is_kept_though_its_day_is_masked():
    turn = Turn(Role.CUSTOMER, "I was born on 2024-10-19, my zip code is 20241")
    masked, _ = mask_conversation(Conversation("1", (turn,), labels={"created": "2024-10-19", "born": "2024-10-19"}))
    assert masked.turns[0].text == "I was born on [DATE_1], my zip code is [ADDRESS_1]"
    assert masked.labels == {"created": "2024-10-19", "born": "[DATE_1]"}
    odd, _ = mask_conversation(Conversation("1", (turn,), labels={"created": ["20241"]}))
    assert odd.labels == {"created": ["[ADDRESS_1]"]}


def test_a_date_behind_a_zip_file_is_no_postcode():
    said = "I renamed backup.zip into 'mail 2024-10-18'. Its zip: 20241-1.2"
    assert Masker().mask(said) == said


def test_labels_and_extras_are_masked_and_ids_kept():
    turn = Turn(Role.CUSTOMER, "I am a@x.example", "a@x.example", None, {"cc": ["b@x.example"], "votes": 3})
    conversation = Conversation(
        "a@x.example", (turn,), labels={"title": "a@x.example", "n": 1}, extras={"k": "b@x.example"}
    )
    masked, counts = mask_conversation(conversation)
    assert masked.id == "a@x.example"
    assert masked.labels == {"title": "[EMAIL_1]", "n": 1}
    assert masked.extras == {"k": "[EMAIL_2]"}
    assert masked.turns[0].author == "[EMAIL_1]"
    assert masked.turns[0].extras == {"cc": ["[EMAIL_2]"], "votes": 3}
    assert counts == {"EMAIL": 1}


def test_whom_a_turn_counts_as_is_told_apart_as_authors_are():
    turns = (
        Turn(Role.CUSTOMER, "Mira Berg said so", extras={"counts_as": "a@x.example"}),
        Turn(Role.AGENT, "Yes.", "Mira Berg", extras={"counts_as": "Mira Berg", "team": "Mira Berg"}),
    )
    first, second = mask_conversation(Conversation("1", turns))[0].turns
    assert first.extras == {"counts_as": "[EMAIL_1]"}
    assert second.extras == {"counts_as": "Mira Berg", "team": "[NAME_1]"}


def test_placeholders_already_there_keep_their_numbers():
    masker = Masker()
    assert masker.mask("[EMAIL_3] wrote to a@x.example") == "[EMAIL_3] wrote to [EMAIL_4]"


def test_spans_show_what_was_masked_where():
    masker = Masker()
    masker.mask("nothing")
    text = "to a@x.example"
    masker.mask(text)
    (span,) = masker.spans
    assert (span.text, span.kind, text[span.start : span.end]) == (1, "EMAIL", "a@x.example")


def test_what_the_desk_calls_its_own_is_kept():
    masker = Masker(keep=["help@shop.example", "@docs.example", "+49 30 901820"])
    text = "help@shop.example, any@docs.example, +49 30 901820"
    assert masker.mask(f"{text}, a@x.example") == f"{text}, [EMAIL_1]"


def test_placeholder_pattern():
    assert [m[0] for m in PLACEHOLDER.finditer("[EMAIL] [PHONE_12] [URL_] [Email_1] [ORDER_3]")] == [
        "[EMAIL]",
        "[PHONE_12]",
        "[ORDER_3]",
    ]


SECRETS = [text for text, masked in FOUND if masked != text]
PIECES = st.sampled_from(
    [*SECRETS, *NOT_FOUND, " ", "\n", ", ", "order ", "call ", "#", "@", "[EMAIL_1]", "\ue000", "12345"]
)
TEXTS = st.lists(PIECES | st.text(max_size=12), max_size=8).map("".join)


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
@example(texts=["order 12345 12345678", "12345678"])
def test_masking_twice_changes_nothing(texts):
    once = Masker().mask_all(texts)
    assert Masker().mask_all(once) == once


@settings(max_examples=200, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_no_masked_value_is_left_and_all_can_be_put_back(texts):
    masker = Masker()
    once = masker.mask_all(texts)
    for number, (text, masked) in enumerate(zip(texts, once, strict=True)):
        spans = [span for span in masker.spans if span.text == number]
        rebuilt, position = "", 0
        for span in spans:
            assert text[span.start : span.end] == span.value
            assert span.placeholder in masked
            rebuilt += text[position : span.start] + span.placeholder
            position = span.end
        assert rebuilt + text[position:] == masked


@pytest.mark.parametrize("secret", SECRETS)
def test_a_masked_value_is_gone_from_all_texts(secret):
    masker = Masker()
    texts = masker.mask_all([f"first {secret} end", f"again {secret} end", "no"])
    for value in masker.values.values():
        assert not any(value in text for text in texts)


LISTS = (
    "latencies 250 300 1000 ms",
    "p50 p95 p99: 250 300 1000ms",
    "weights 250 500 1000 g",
    "250 330 1500 ml bottles",
    "RAM 512 768 1024 MB",
    "timings: 212 345 6789 ms",
    "pieces of 600 700 2000 mm",
    "250-300-1000 Hz",
    "延迟 250 300 1000 毫秒",
    "latencies (ms): 250 300 1000",
    "the sizes are 250 300 1000",
    "ports 443 500 4500",
    "errors 404 500 5030 in the log",
    "250 300 1000 ms",
    "212 555 1234 kg",
)
NUMBERS = (
    "call 250 300 1000",
    "212 345 6789",
    "(212) 345-6789",
    "212-345-6789",
    "+1 212 345 6789",
    "0151 23456789",
    "phone: 212 345 6789 m",
    "030 120 4500",
    "0151 2345678 m",
    "0049 30 1234567",
    "+49 (0)30 123456",
    "you can reach me on 212 345 6789 s",
    "06 12 34 56 78",
    "13123456789",
    "Ring 212.345.6789",
    "415 300 1000",
    "my mobile 415 300 1000 thanks",
    "tel 250 300 1000 ms",
    "415-300-1000",
)


@pytest.mark.parametrize("text", LISTS)
def test_figures_with_a_unit_or_in_a_list_are_no_telephone_number(text):
    assert list(find_phones(text)) == []


@pytest.mark.parametrize("text", NUMBERS)
def test_telephone_numbers_in_many_forms_are(text):
    assert len(list(find_phones(text))) == 1
