"""HTML as plain text, plain text as it is, and what programs wrote for programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.cleaning.html_text import plain_text
from data.cleaning.machine_text import is_machine_text
from data.cleaning.quality import clean
from data.transcripts import Conversation, Role, Turn

GMAIL = (
    '<div dir="ltr">Hi Anna,<br><br>The warranty is <b>two&nbsp;years</b>&amp; starts on delivery.<br>'
    '<img src="https://shop.example/pixel.gif?u=8812" width=1><br><div class="gmail_quote">On Sat, Mar 1, 2025 '
    "Anna Berg &lt;anna.berg@example.com&gt; wrote:<blockquote>how long is the warranty?</blockquote></div></div>"
)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ('<div style="x"><p>Hello,</p><p>how long?</p></div>', "Hello,\n\nhow long?"),
        ("<p>Do:</p><ol><li>Pull<ul><li>here</li></ul></li><li>Wait</li></ol>", "Do:\n\n1. Pull\n  - here\n2. Wait"),
        ('See <a href="https://shop.example/x">the guide</a>.', "See the guide (https://shop.example/x)."),
        ('<p><a href="https://shop.example/">shop.example</a></p>', "shop.example"),
        ('<p>Write <a href="mailto:help@shop.example">us</a></p>', "Write us (help@shop.example)"),
        ("<table><tr><td>Size</td><td>Price</td></tr><tr><td>1</td><td>2</td></tr></table>", "Size | Price\n1 | 2"),
        ("Hello, <br><br>I ask<br/>this", "Hello,\n\nI ask\nthis"),
        ("<div>Hi</div><div><br></div><div>there</div>", "Hi\n\nthere"),
        ("<html><head><style>p{}</style><title>T</title></head><body><p>x</p><script>y()</script></body></html>", "x"),
        ("<!DOCTYPE html><html><body>Caf&eacute; &#8364;5</body></html>", "Café €5"),
        ('<p style="display:none">preheader</p><p>Yes</p>', "Yes"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("First line\nsecond <b>line</b>", "First line\nsecond line"),
        ("&lt;p&gt;Hello &amp;amp; bye&lt;/p&gt;", "Hello & bye"),
        ("<p>Use &lt;br&gt; here</p>", "Use <br> here"),
        ("Tom &amp; Jerry&#39;s &lt;3&nbsp;!", "Tom & Jerry's <3 !"),
        ('<p>Yes</p><blockquote type="cite"><p>old</p></blockquote>', "Yes\n\n> old\n>"),
    ],
)
def test_reads_as_the_page_does(page, text):
    assert plain_text(page) == text


@pytest.mark.parametrize(
    "text",
    [
        "a < b and c > d",
        "I get strange characters like <br><br>. How do I get rid of them?",
        'The link flavor (<a href="x">name</a>) of the clipboard',
        "if (a<b && c>d) return;",
        "Use the <b> tag",
        "Write <br> to break a line",
        "Paste <script src='https://x.example/a.js'></script> before </body>.",
        "Add `<p>Hello</p>` to your page",
        "Add <p>Hello</p> to your page",
        "```\n<div>\n<p>x</p>\n</div>\n```",
        "Anna <anna@example.com> wrote: hello",
        "x &y; z & co",
        "`&nbsp;` is a space",
        "Press <Ctrl> + <Alt>",
        "List<String> names = new ArrayList<>();",
        "5 <6\n\n  indented  twice ",
    ],
)
def test_plain_text_and_code_stay_as_they_are(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"doc","content":[{"type":"text","text":"Hi"}]}',
        '  [{"id": 5}]',
        "{'id': 5, 'body': 'x'}",
        '{"body": "cut off in the mid',
        '{:id=>5, :body=>"x"}',
        'a:2:{s:2:"id";i:5;}',
        '["a", "b"]',
        "{}",
        "null",
        "[object Object]",
        '<?xml version="1.0"?><a>b</a>',
        "<soap:Envelope><soap:Body/></soap:Envelope>",
        '<iframe src="https://x.example/a/long/address"></iframe>',
        ("A" * 64 + "\n") * 4,
    ],
)
def test_a_serialised_object_is_no_answer(text):
    assert is_machine_text(plain_text(text))
    turns = (Turn(Role.CUSTOMER, "How?"), Turn(Role.AGENT, text), Turn(Role.AGENT, "So."))
    cleaned = clean(Conversation("1", turns))
    assert [turn.text for turn in cleaned.conversation.turns] == ["How?", "So."]
    assert cleaned.turns == {"JSON or markup": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Hello {name}, welcome",
        "[[Knowledge Base Article|https://x.example/kb]]",
        "You can use Google Doc for it, but your file must be open:\n<iframe src='https://x.example/'></iframe>",
        "[PHONE_1] is our number",
        "[1] see below. [2] as well",
        'Put {"a": 1} into the file',
        "{smile} glad to help",
        "null and void",
        "kill -9 <pid of process>",
        "sudo <command>",
        "[URGENT] call us",
        "{{customer.name}}, thank you",
        "Use the <b> tag",
    ],
)
def test_words_with_some_of_it_are_words(text):
    assert not is_machine_text(text)


def test_what_a_customer_pastes_stays_a_question():
    turns = (Turn(Role.CUSTOMER, '{"error": 77}'), Turn(Role.AGENT, "Restart it."))
    assert clean(Conversation("1", turns)).conversation.turns == turns


def test_case_09():
    cleaned = clean(Conversation("1", (Turn(Role.CUSTOMER, "<p>How long?</p>"), Turn(Role.AGENT, GMAIL))))
    question, answer = cleaned.conversation.turns
    assert question.text == "How long?"
    assert answer.text == "Hi Anna,\n\nThe warranty is two years& starts on delivery."


@pytest.mark.parametrize(
    "quote",
    [
        '<div class="moz-cite-prefix">Am 1.3.2025 schrieb Anna:</div><blockquote type="cite">old</blockquote>',
        '<div class="yahoo_quoted">Anna wrote: old</div>',
        '<div class="protonmail_quote">old</div>',
        '<hr><div id="divRplyFwdMsg"><b>From:</b> A<br><b>Sent:</b> Friday<br><b>To:</b> Shop</div><div>old</div>',
        '<div class="gmail_signature">Bob, 030 1234</div>',
    ],
)
def test_old_mail_and_signatures_of_html_mail_go(quote):
    cleaned = clean(Conversation("1", (Turn(Role.CUSTOMER, "How?"), Turn(Role.AGENT, f"<div>So.</div>{quote}"))))
    assert cleaned.conversation.turns[1].text == "So."


def test_a_mail_of_marks_alone_is_empty():
    turns = (Turn(Role.CUSTOMER, "How?"), Turn(Role.AGENT, '<div><img src="x"></div>'), Turn(Role.AGENT, "So."))
    assert clean(Conversation("1", turns)).turns == {"empty turn": 1}


@given(st.text(alphabet="<>/bpdiv aref='\"&;#ltg\n=", max_size=200))
def test_any_text_is_read_without_an_error_and_once(text):
    assert isinstance(plain_text(text), str)


@pytest.mark.parametrize("bad", ["<div>", "<b ", "<!---->", "<p><b>", "&amp;", "<br>", '<a href="', "<ul><li>"])
def test_hostile_marks_are_read_in_time(bad):
    assert isinstance(plain_text(bad * 30_000), str)
