"""A person whom the page's server vouches for, in two browsers; an anonymous visitor is never joined to them."""

from __future__ import annotations

import time

import jwt
import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from tests.test_web.conftest import Visitor, real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]
IDENTIFY = "(proof) => document.querySelector('support-chat').identify(proof).then(() => 'known', (e) => e.kind)"


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    made = CliRunner().invoke(app, ["--home", str(home), "inboxes", "keys", "rotate", "default"])
    assert made.exit_code == 0, made.output
    with real_desk(home) as (_, port):
        yield f"http://127.0.0.1:{port}", dict(line.split() for line in made.stdout.splitlines()[:2])


def proof(key, sub: str) -> dict[str, str]:
    now = int(time.time())
    claims = {"sub": sub, "aud": "default", "iat": now, "exp": now + 600, "name": sub.title()}
    return {"token": jwt.encode(claims, key["secret"], algorithm="HS256", headers={"kid": key["kid"]})}


def test_a_person_is_known_in_every_browser_and_nobody_is_joined_to_them(desk, browser, visitor):
    url, key = desk
    visitor.visit(url)
    visitor.open()
    visitor.say("written by nobody in particular")
    visitor.sees(".log .theirs .bubble", "written by nobody")
    assert visitor.page.evaluate(IDENTIFY, proof(key, "ada")) == "known"
    assert visitor.said() == [], "what was written before stays with who wrote it"
    visitor.say("this is Ada")
    visitor.sees(".log .theirs .bubble", "You said: this is Ada")
    visitor.page.reload()
    visitor.sees(".log .theirs .bubble", "You said: this is Ada")
    assert visitor.page.evaluate(IDENTIFY, proof(key, "ada")) == "known"
    assert len(visitor.said()) == 2

    elsewhere = browser.new_context(locale="en-GB", reduced_motion="reduce")
    other = Visitor(elsewhere.new_page())
    other.visit(url)
    other.open()
    assert other.page.evaluate(IDENTIFY, proof(key, "ada")) == "known"
    other.sees(".log .theirs .bubble", "You said: this is Ada")
    other.say("from the other one")
    visitor.sees(".log .theirs .bubble", "You said: from the other one")
    assert other.page.evaluate(IDENTIFY, proof(key, "grace")) == "known"
    assert other.said() == []

    visitor.page.evaluate("document.querySelector('support-chat').reset()")
    visitor.find(".ask").first.wait_for()
    visitor.page.reload()
    visitor.find(".ask").first.wait_for()
    assert visitor.said() == []
    assert visitor.wrong(network=True) == []
    elsewhere.close()


def test_what_proves_nothing_changes_nothing(desk, visitor):
    url, key = desk
    visitor.visit(url)
    visitor.open()
    visitor.say("still here")
    visitor.sees(".log .theirs .bubble", "still here")
    forged = proof({**key, "secret": "guessed" * 8}, "ada")
    assert visitor.page.evaluate(IDENTIFY, forged) == "gone"
    assert len(visitor.said()) == 2
    visitor.say("and going on")
    visitor.sees(".log .theirs .bubble", "You said: and going on")


def test_two_on_one_page_show_the_same_once(desk, visitor):
    url, _ = desk
    visitor.visit(url)
    visitor.open()
    visitor.page.evaluate(
        """() => {
          const second = document.querySelector("support-chat").cloneNode();
          second.id = "second";
          document.body.append(second);
        }"""
    )
    second = visitor.page.locator("#second")
    second.locator("textarea").fill("from the second")
    second.locator("textarea").press("Enter")
    second.locator(".log .theirs .bubble").filter(has_text="You said: from the second").wait_for()
    first = visitor.page.locator("support-chat").first.locator(".log .bubble")
    first.filter(has_text="You said: from the second").wait_for()
    assert first.all_inner_texts() == second.locator(".log .bubble").all_inner_texts()
    assert first.count() == 2
