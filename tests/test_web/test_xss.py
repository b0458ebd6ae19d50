"""Hostile words in every place that a person, a model or a page can fill: none of them is ever more than words."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.browser

# Elements, handlers, addresses, encodings, templates, names that clobber, and characters that steer.
HIT = "window.__hit=1"
CORPUS = [
    f"<script>{HIT}</script>",
    f"</script><script>{HIT}</script>",
    f"<ScRiPt src=data:text/javascript,{HIT}></sCrIpT>",
    f"<scr<script>ipt>{HIT}</scr</script>ipt>",
    f'<img src=x onerror="{HIT}">',
    f"<img/src=`x`onerror={HIT}>",
    f'"><img src=x onerror={HIT}>',
    f"'><svg/onload={HIT}>",
    f"<svg><animate onbegin={HIT} attributeName=x dur=1s>",
    f"<svg><script href=data:,{HIT} /></svg>",
    f"<math><mi//xlink:href='data:x,<script>{HIT}</script>'>",
    f"<body onload={HIT}>",
    f"<details open ontoggle={HIT}>x</details>",
    f"<input autofocus onfocus={HIT}>",
    f"<video><source onerror={HIT}></video>",
    f"<iframe srcdoc='<script>parent.{HIT[7:]}</script>'></iframe>",
    f"<object data='data:text/html,<script>{HIT}</script>'></object>",
    f"<embed src='javascript:{HIT}'>",
    f"<a href='javascript:{HIT}'>x</a>",
    f"<form action='javascript:{HIT}'><button>x</button></form>",
    f"<base href='javascript:{HIT}//'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'>",
    f"<link rel=stylesheet href='data:text/css,*{{background:url(javascript:{HIT})}}'>",
    f"<style>@import 'javascript:{HIT}';</style>",
    f"<template><script>{HIT}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={HIT}>'>",
    f"<support-chat onclick={HIT} open></support-chat>",
    f"</textarea></span></div></section>#shadow-root<script>{HIT}</script>",
    f"<!--><script>{HIT}</script-->",
    f"<![CDATA[<script>{HIT}</script>]]>",
    f"&lt;script&gt;{HIT}&lt;/script&gt;",
    f"&#60;img src=x onerror={HIT}&#62;",
    f"\\u003cscript\\u003e{HIT}\\u003c/script\\u003e",
    f"%3Cscript%3E{HIT}%3C/script%3E",
    f"+ADw-script+AD4-{HIT}+ADw-/script+AD4-",
    f"javascript:{HIT}",
    f"JaVaScRiPt:{HIT}//https://shop.example",
    f"java\tscript:{HIT}",
    f"java\nscript:{HIT}",
    f"\x01javascript:{HIT}",
    f"javascript://shop.example/%0a{HIT}",
    f"data:text/html,<script>{HIT}</script>",
    f"data:text/html;base64,PHNjcmlwdD4{HIT}",
    f"vbscript:{HIT}",
    f"blob:https://shop.example/{HIT}",
    f"view-source:javascript:{HIT}",
    "https://shop.example@evil.example/login",
    f'https://shop.example/"onmouseover="{HIT}',
    f"https://shop.example/'onfocus='{HIT}'autofocus='",
    f"[click](javascript:{HIT})",
    f"![x](x'onerror='{HIT})",
    f"${{{HIT}}}",
    f"{{{{constructor.constructor('{HIT}')()}}}}",
    f"<%= {HIT} %>",
    "<a id=fetch><a id=document name=cookie>",
    "<form id=customElements><input name=get>",
    "__proto__",
    "constructor",
    "\u202eevil\u202c \u2066x\u2069 \ufeff \ufffd 👋",
    "<\u200bscript>\u2028alert(1)\u2029",
]


@pytest.fixture
def chat(fake, visitor):
    """The demo page, its chat open; remembers dialogs and requests to elsewhere."""
    url = fake.start()
    visitor.elsewhere = []
    visitor.page.on("dialog", lambda dialog: (visitor.elsewhere.append(dialog.message), dialog.dismiss()))
    visitor.page.on("request", lambda request: request.url.startswith(url) or visitor.elsewhere.append(request.url))
    visitor.visit(url)
    visitor.open()
    return visitor


def assert_nothing_happened(chat) -> None:
    """No script ran, no element was made, nothing was asked of another server, no address leads to a script."""
    chat.page.wait_for_timeout(300)  # what loads or fails does so a moment later
    assert chat.page.evaluate("window.__hit") is None
    assert chat.elsewhere == []
    made = "script, iframe, object, embed, base, meta, link, style, video, template, form:not(.composer, .mail)"
    assert chat.find(made).count() == 0
    assert chat.find("img:not(.mark), svg:not(.icon), support-chat").count() == 0
    handlers = "(all) => all.flatMap((one) => one.getAttributeNames()).filter((name) => name.startsWith('on'))"
    assert chat.find("*").evaluate_all(handlers) == []
    assert set(chat.find("a").evaluate_all("(all) => all.map((one) => one.protocol)")) <= {"http:", "https:", "mailto:"}
    assert not any(chat.find("a").evaluate_all("(all) => all.map((one) => one.username + one.password)"))
    assert chat.wrong() == []


def test_what_is_said_and_shown_stays_words(fake, chat):
    fake.answers = False
    chat.say("start")
    chat.sees(".log .mine .meta", "Sent")
    talk = fake.only()
    for at, text in enumerate(CORPUS):
        evidence = [
            {"id": "e", "title": text, "url": text},
            {"id": "f", "title": f"{at}{text}", "text": text},
        ]
        role = ("customer", "bot", "agent")[at % 3]
        fake.say(talk, role, text, author=text, evidence=evidence, decision="answer" if at % 2 else text)
        fake.passes(talk, "message.delta", {"message_id": f"d{at}", "text": text, "offset": 0})
    chat.find(".log .bubble").nth(len(CORPUS)).wait_for()
    shown = chat.find(".log .bubble").evaluate_all("(all) => all.map((one) => one.textContent)")
    assert shown[1:] == CORPUS, "words were lost or changed"
    for chip in chat.find("summary.chip").all()[:20]:
        chip.evaluate("(one) => one.click()")
    assert_nothing_happened(chat)


def test_what_the_desk_says_of_itself_stays_words(fake, chat):
    chat.find(".foot").get_by_text("Talk to a person").click()
    chat.sees(".card", "A person will take over")
    talk = fake.only()
    for text in CORPUS:
        fake.join(talk, text)
        fake.log(talk, "handover.requested", {"reason": text, "text": text, "expected": text})
        fake.log(talk, "contact.given", {"email": text})
        fake.log(talk, text, {"text": text})
    chat.sees(".card", "alert(1)")
    assert_nothing_happened(chat)


def test_what_a_visitor_types_stays_words(fake, chat):
    fake.answers = False
    for text in CORPUS[::6]:
        chat.say(text.replace("\n", " "))
    chat.sees(".log .mine:last-of-type .meta", "Sent")
    chat.find("textarea").fill(CORPUS[0])
    chat.page.reload()
    chat.find("textarea").wait_for()
    assert chat.find("textarea").input_value() == CORPUS[0]
    assert_nothing_happened(chat)


@pytest.mark.parametrize("name", ["desk", "greeting", "reply-time", "questions", "lang", "inbox", "theme"])
def test_what_a_page_gives_as_attributes_stays_words(fake, chat, name):
    texts = [json.dumps(CORPUS)] if name == "questions" else CORPUS[::9]
    for text in texts:
        chat.page.evaluate(
            """([name, text]) => {
              const old = document.querySelector("support-chat"), made = old.cloneNode();
              made.setAttribute(name, text);
              old.replaceWith(made);
            }""",
            [name, text],
        )
        chat.find("textarea").wait_for()
    assert_nothing_happened(chat)
