"""What the page around the widget does to it: swaps its body, styles everything, hides it, prints."""

from __future__ import annotations

import pytest

from tests.test_web.conftest import SCRIPT, shop

pytestmark = pytest.mark.browser

# How libraries put the next page where the last one was. TWO is what the next page's body holds.
SWAPS = {
    "Turbo": "document.documentElement.replaceChild(body, document.body)",
    "replaceWith": "document.body.replaceWith(body)",
    "htmx": "document.body.append(...body.childNodes); let n = document.body.childNodes.length - 1;"
    "while (n-- > 0) document.body.removeChild(document.body.firstChild)",
    "markup": "document.body.innerHTML = body.innerHTML",
    "children": "document.body.replaceChildren(...body.childNodes)",
    "one by one": "for (const one of [...document.body.children]) one.remove();"
    "document.body.append(...body.childNodes)",
    "a moment without": "document.body.remove(); await 0; document.documentElement.append(body)",
    "the whole document": "const html = document.createElement('html'); html.append(body);"
    "document.replaceChild(html, document.documentElement)",
    "morphing an equal page": "document.body.removeChild(document.querySelector('support-chat'))",
}
SWAP = "async () => { const body = document.createElement('body'); body.innerHTML = '<h1>two</h1>'; %s }"


@pytest.mark.parametrize("swap", SWAPS)
def test_the_script_alone_comes_back_when_the_body_is_swapped(page, swap):
    chat = page(shop(head=SCRIPT))
    chat.open()
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    for _ in range(2):
        chat.page.evaluate(SWAP % SWAPS[swap])
        chat.sees(".log .theirs .bubble", "within 30 days")
    assert chat.chat.count() == 1
    chat.say("and again")
    chat.page.wait_for_function(
        "document.querySelector('support-chat').shadowRoot.querySelectorAll('.mine').length > 1"
    )
    assert chat.chat.get_attribute("desk") == "Shop"
    assert chat.wrong() == []


@pytest.mark.parametrize("place", ["head", "body"])
@pytest.mark.parametrize("kind", ["", " async"])
def test_the_script_may_stand_in_head_or_body(page, place, kind):
    script = SCRIPT.replace("<script", f"<script{kind}")
    chat = page(shop(**{place: script}))
    chat.page.evaluate(SWAP % SWAPS["Turbo"])
    chat.find(".launcher").wait_for()
    # Turbo runs the scripts of a body once more.
    chat.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), "
        "{ type: 'module', src: '/widget/loader.js?desk=Shop' }))"
    )
    chat.page.wait_for_timeout(200)
    assert chat.chat.count() == 1


def test_a_page_that_brings_its_own_element_keeps_that_alone(page):
    chat = page(shop(head=SCRIPT))
    own = "body.innerHTML = '<h1>two</h1><support-chat desk=Own></support-chat>';"
    chat.page.evaluate(SWAP % (own + SWAPS["Turbo"]))
    chat.find(".launcher").wait_for()
    assert (chat.chat.count(), chat.chat.get_attribute("desk")) == (1, "Own")
    chat.page.evaluate(SWAP % SWAPS["Turbo"])
    chat.find(".launcher").wait_for()
    assert (chat.chat.count(), chat.chat.get_attribute("desk")) == (1, "Shop")


def test_a_page_can_take_it_away_for_good(page):
    chat = page(shop(head=SCRIPT))
    chat.page.evaluate("document.querySelector('support-chat').remove()")
    chat.page.wait_for_timeout(50)
    assert chat.chat.count() == 0
    chat.page.evaluate(SWAP % SWAPS["Turbo"])
    chat.page.wait_for_timeout(50)
    assert chat.chat.count() == 0


# Every property that is inherited, and some that reach further than one thinks.
HOSTILE = """*, *::before, *::after { border-collapse: collapse; caption-side: bottom; caret-color: red; color: rgb(1,
  2, 3); color-scheme: dark; cursor: wait; empty-cells: hide; font: italic small-caps 900 31px/3
  monospace; font-feature-settings: "smcp"; font-kerning: none; font-optical-sizing: none;
  font-size-adjust: .9; font-stretch: 200%; font-synthesis: none; font-variation-settings: "wght" 900;
  hyphens: auto; image-rendering: pixelated; letter-spacing: .4em; line-break: anywhere; line-height: 3;
  list-style: square inside; orphans: 4; overflow-wrap: anywhere; paint-order: stroke; pointer-events:
  none; quotes: "<" ">"; scrollbar-color: red blue; stroke: red; stroke-width: 9; fill: red; tab-size:
  16; text-align: right; text-align-last: center; text-decoration: underline wavy; text-emphasis: filled
  red; text-indent: 3em; text-orientation: upright; text-rendering: geometricPrecision; text-shadow: 2px
  2px red; text-transform: uppercase; text-underline-offset: 9px; text-wrap: nowrap; user-select: none;
  -webkit-user-select: none; white-space: pre; widows: 4; word-break: break-all; word-spacing: 1em;
  writing-mode: vertical-rl; -webkit-text-fill-color: red; -webkit-text-stroke: 2px red;
  -webkit-text-security: disc; accent-color: red; display: block; position: relative; margin: 40px;
  padding: 40px; border: 9px solid red; background: yellow; box-sizing: content-box; max-width: 9px;
  max-height: 9px; overflow: hidden; opacity: 1; float: left; z-index: 1; --accent: red; --ink: red;
  --line: red; --surface: red; --radius: 0; --muted: red; --seen: 9px; --under: 99px; --top: 50px; }"""
STYLES = """() => {
  const skip = /^(perspective-origin|transform-origin|(.*-)?(width|height|size|top|left|right|bottom)|inset.*)$/;
  const told = (one, part) => {
    const style = getComputedStyle(one, part), box = one.getBoundingClientRect();
    const names = [...style].filter((name) => !name.startsWith("--") && !skip.test(name));
    const place = `${box.x} ${box.y} ${box.width} ${box.height}`;
    const name = `${one.localName}.${one.getAttribute("class")}${part}`;
    return [name, ...names.map((name) => `${name}: ${style.getPropertyValue(name)}`), place];
  };
  const all = [...document.querySelector("support-chat").shadowRoot.querySelectorAll("*")];
  return all.flatMap((one) => ["", "::before", "::after"].map((part) => told(one, part)));
}"""
OWN_BOX = """one => {
  const { backgroundColor, zIndex } = getComputedStyle(one);
  return [one.offsetWidth, one.offsetHeight, backgroundColor, zIndex];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_a_page_sets_on_everything_reaches_inside(page, scheme):
    chat = page(shop(body="<script type=module src=/widget/loader.js></script><support-chat desk=Shop></support-chat>"))
    chat.page.emulate_media(color_scheme=scheme)
    chat.open()
    chat.say("hello")
    chat.sees(".log .theirs .bubble", "within 30 days")
    for closed in (False, True):
        if closed:
            chat.find(".round").click()
            chat.find(".launcher").wait_for()
        chat.page.mouse.move(5, 5)
        chat.page.wait_for_timeout(300)
        before = chat.page.evaluate(STYLES)
        added = chat.page.add_style_tag(content=HOSTILE)
        after = chat.page.evaluate(STYLES)
        box = chat.chat.evaluate(OWN_BOX)
        added.evaluate("one => one.remove()")
        assert box == [0, 0, "rgba(0, 0, 0, 0)", "2147483000"], "the element itself shows"
        changed = [
            (was[0], sorted(set(now) - set(was)))
            for was, now in zip(before, after, strict=True)
            if set(was) != set(now)
        ]
        assert changed == []
        assert len(before) > 60


def test_a_page_can_still_hide_it(page):
    chat = page(shop(body=SCRIPT))
    for rule in ("visibility: hidden", "display: none"):
        added = chat.page.add_style_tag(content=f"support-chat {{ {rule} }}")
        assert chat.find(".launcher").is_hidden()
        added.evaluate("one => one.remove()")
        assert chat.find(".launcher").is_visible()


def test_nothing_of_it_is_printed(page):
    chat = page(shop(head="<style>support-chat { display: block }</style>", body=SCRIPT))
    chat.page.emulate_media(media="print")
    assert chat.find(".launcher").is_hidden()
    chat.page.emulate_media(media="screen")
    chat.open()
    assert chat.find(".panel").is_visible()
    chat.page.emulate_media(media="print")
    assert chat.find(".panel").is_hidden()
    assert chat.chat.is_hidden()
