"""A shop's own page, of another origin and under the strictest policy that docs/widget.md promises to be enough."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.test_web.conftest import real_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.browser, pytest.mark.integration]
ELEMENT = "<support-chat desk='Our shop' questions='[\"Where is it?\"]'></support-chat>"


class Shop(ThreadingHTTPServer):
    """Serves one page, whatever is asked for."""

    page = ""
    policy = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Page)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Page(BaseHTTPRequestHandler):
    server: Shop

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        self.wfile.write(self.server.page.encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def desk(tmp_path, monkeypatch, shop) -> Iterator[str]:
    monkeypatch.setenv("UNDERSTUDY_ALLOWED_ORIGINS", shop.url)
    with real_desk(tmp_path) as (_, port):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(("query", "element"), [("", ELEMENT), ("?desk=Our+shop", "")])
def test_one_tag_is_enough_under_a_strict_policy(desk, shop, visitor, query, element):
    shop.policy = (
        f"default-src 'none'; script-src {desk}; connect-src {desk}; img-src 'self' {desk}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    shop.page = (
        f"<!doctype html><html lang=en><title>Shop</title>"
        f"<script type=module src='{desk}/widget/loader.js{query}'></script><body>{element}</body></html>"
    )
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append("/".join(request.url.split("/")[:3])))
    visitor.page.goto(shop.url)
    visitor.find(".launcher").wait_for()
    visitor.open()
    assert visitor.find(".desk").inner_text() == "Our shop"
    visitor.say("Where is my parcel?")
    visitor.sees(".log .theirs .bubble", "You said: Where is my parcel?")
    visitor.find(".thumb").first.click()
    visitor.sees(".feedback", "Thank you.")
    visitor.page.reload()
    visitor.sees(".feedback", "Thank you.")
    assert set(asked) == {shop.url, desk}
    assert visitor.wrong() == []
