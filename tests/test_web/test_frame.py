"""An inbox's chat in a frame of another site: who may show it, and who is signed in there."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from typer.testing import CliRunner

from chatbot.cli.main import app
from tests.test_web.conftest import real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]
PAGE = """<!doctype html><title>A shop</title>
<style>body { margin: 0 } iframe { width: 100vw; height: 100vh; border: 0 }</style>
<iframe src="DESK/frame/INBOX"></iframe>
<script>
  window.heard = [];
  addEventListener("message", ({ data }) => heard.push(data));
  const frame = document.querySelector("iframe");
  window.identify = (proof) => frame.contentWindow.postMessage({ type: "support-chat:identify", ...proof }, "DESK");
</script>"""
SECRET = "a secret from before, long enough to be one"


class Site:
    """Somebody else's server, with one page."""

    def __init__(self) -> None:
        self.page = b""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(site.page)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """A desk, the site that its inbox lists, another one, and the inbox's two keys."""
    home, shop, other = tmp_path_factory.mktemp("home"), Site(), Site()

    def inboxes(*words):
        made = CliRunner().invoke(app, ["--home", str(home), "inboxes", *words])
        assert made.exit_code == 0, made.output
        return made.stdout

    made = inboxes("create", "Kettle & Otter", "--frame-ancestor", shop.url, "--json")
    inbox = json.loads(made.splitlines()[-1])["id"]
    key = dict(line.split() for line in inboxes("keys", "rotate", inbox).splitlines()[:2])
    (home / "secret.txt").write_text(SECRET)
    inboxes("keys", "rotate", inbox, "--algorithm", "user_hash", "--secret-file", str(home / "secret.txt"))
    with real_desk(home) as (_, port):
        for site in (shop, other):
            site.page = PAGE.replace("DESK", f"http://127.0.0.1:{port}").replace("INBOX", inbox).encode()
        yield shop, other, inbox, key
    shop.stop()
    other.stop()


def signed(inbox, key, sub):
    now = int(time.time())
    claims = {"sub": sub, "aud": inbox, "iat": now, "exp": now + 600, "name": sub.title()}
    return {"token": jwt.encode(claims, key["secret"], algorithm="HS256", headers={"kid": key["kid"]})}


def hashed(sub):
    return {"user_id": sub, "user_hash": hmac.new(SECRET.encode(), sub.encode(), hashlib.sha256).hexdigest()}


def visit(page, site):
    page.goto(site.url)
    frame = page.frame_locator("iframe")
    frame.locator("textarea").wait_for()
    return frame


def say(frame, text):
    frame.locator("textarea").fill(text)
    frame.locator("textarea").press("Enter")
    sees(frame, f"You said: {text}")


def sees(frame, text):
    frame.locator(".log .theirs .bubble").filter(has_text=text).first.wait_for(timeout=10_000)


def hears(page, told):
    page.wait_for_function(
        "(told) => heard.some((one) => JSON.stringify(one) === told)", arg=json.dumps(told, separators=(",", ":"))
    )


def identified(page, proof):
    page.evaluate("(proof) => { heard.length = 0; identify(proof) }", proof)
    hears(page, {"type": "support-chat:identified"})


def test_the_page_around_signs_its_visitor_in_and_nobody_is_joined_to_them(sites, browser, visitor):
    shop, _, inbox, key = sites
    page = visitor.page
    frame = visit(page, shop)
    hears(page, {"type": "support-chat:ready"})
    said = frame.locator(".log .bubble")
    say(frame, "written by nobody in particular")

    identified(page, signed(inbox, key, "ada"))
    assert said.all_inner_texts() == [], "what nobody wrote is not shown to Ada"
    say(frame, "this is Ada")

    elsewhere = browser.new_context(locale="en-GB", reduced_motion="reduce")
    other = elsewhere.new_page()
    there = visit(other, shop)
    identified(other, hashed("ada"))
    sees(there, "You said: this is Ada")
    identified(other, hashed("grace"))
    assert there.locator(".log .bubble").all_inner_texts() == []

    frame.locator("support-chat").evaluate("(chat) => chat.reset()")
    frame.locator(".log .theirs").first.wait_for(state="detached")
    say(frame, "nobody again")
    assert "this is Ada" not in str(said.all_inner_texts()), "what Ada wrote is not shown to nobody"
    assert visitor.wrong(network=True) == []
    elsewhere.close()


def test_what_proves_nothing_is_told_to_the_page_around(sites, visitor):
    shop, _, inbox, key = sites
    frame = visit(visitor.page, shop)
    say(frame, "still here")
    forged = signed(inbox, {**key, "secret": "guessed" * 8}, "ada")
    visitor.page.evaluate("(proof) => identify(proof)", forged)
    hears(visitor.page, {"type": "support-chat:error", "reason": "gone"})
    assert frame.locator(".log .bubble").count() == 2


def test_only_the_page_around_is_listened_to(sites, visitor):
    shop, _, inbox, key = sites
    frame = visit(visitor.page, shop)
    say(frame, "still here")
    message = {"type": "support-chat:identify", **signed(inbox, key, "ada")}
    frame.locator("body").evaluate("(_, message) => postMessage(message, '*')", message)
    identified(visitor.page, signed(inbox, key, "linus"))  # by now the other would have been looked at
    assert visitor.page.evaluate("heard.length") == 1


def test_a_site_that_the_inbox_does_not_list_cannot_show_it(sites, visitor):
    _, other, _, _ = sites
    visitor.page.goto(other.url)
    visitor.page.wait_for_timeout(500)
    assert visitor.page.frames[1].url.startswith("chrome-error:")
    assert any("frame-ancestors" in line for line in visitor.heard)


def test_when_the_sign_in_ends_the_visitor_is_told_and_has_a_way_on(sites, visitor):
    shop, _, inbox, key = sites
    page = visitor.page
    frame = visit(page, shop)
    identified(page, signed(inbox, key, "mary"))
    say(frame, "before it ended")
    ended = {"status": 401, "json": {"code": "token_expired", "title": "Unauthorised", "status": 401}}
    page.route("**/v1/conversations/**", lambda route: route.fulfill(**ended))
    frame.locator("textarea").fill("and after")
    frame.locator("textarea").press("Enter")
    banner = frame.locator(".banner")
    banner.get_by_role("button", name="Load again").wait_for()
    hears(page, {"type": "support-chat:error", "reason": "identity_expired"})
    assert "Your sign-in has ended" in banner.inner_text()

    page.unroute("**/v1/conversations/**")
    identified(page, signed(inbox, key, "mary"))
    banner.wait_for(state="hidden")
    sees(frame, "You said: and after")
    said = frame.locator(".log .bubble").all_inner_texts()
    assert said == ["before it ended", "You said: before it ended", "and after", "You said: and after"]

    page.route("**/v1/conversations/**", lambda route: route.fulfill(**ended))
    frame.locator("textarea").fill("once more")
    frame.locator("textarea").press("Enter")
    banner.get_by_role("button", name="Load again").wait_for()
    page.unroute("**/v1/conversations/**")
    banner.get_by_role("button", name="Go on without signing in").click()
    banner.wait_for(state="hidden")
    assert frame.locator(".log .bubble").all_inner_texts() == ["once more"], "unsent, and waiting to be asked for"
    say(frame, "as nobody")
    assert "before it ended" not in str(frame.locator(".log .bubble").all_inner_texts())
