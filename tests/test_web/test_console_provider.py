"""Signing in through a provider in Chromium: the button, there and back, what goes wrong is told."""

from __future__ import annotations

import re

import pytest

from tests.test_api.agent.oidc_provider import CLIENT, SECRET, provider
from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, Agent, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture
def op(monkeypatch):
    with provider() as one:
        said = {"ISSUER": one.issuer, "CLIENT_ID": CLIENT, "CLIENT_SECRET": SECRET, "NAME": "Shop ID"}
        for name, value in said.items():
            monkeypatch.setenv(f"UNDERSTUDY_OIDC_{name}", value)
        yield one


def test_there_and_back(browser, axe, op, tmp_path):
    invited(tmp_path, "mira@shop.example", "Mira")
    with real_desk(tmp_path) as (_, port):
        url = f"http://localhost:{port}/console/"  # another site than the provider's, so that the cookie has to be Lax
        mira = Agent(browser, url)
        page = mira.page
        button = page.get_by_role("button", name="Sign in with Shop ID")
        button.wait_for()
        page.evaluate(axe)
        wrong, looked_at = page.evaluate(LOOK)
        assert (wrong, looked_at > 5) == ([], True)

        op.claims["email"] = "ada@shop.example"
        button.click()
        page.get_by_text("That did not work: Nobody here has the address").first.wait_for()
        assert page.url == url  # neither code nor state stays in the address

        op.claims["email"] = "mira@shop.example"
        button.click()
        page.locator(".desk").wait_for()
        assert page.url == url
        page.reload()
        page.locator(".desk").wait_for()

        # Something that takes a password: who is known there only goes there once more.
        page.get_by_role("button", name="Mira", exact=True).click()
        account = page.get_by_role("dialog", name="Your account")
        account.get_by_role("button", name="Use an authenticator app").click()
        page.locator("dialog.again").get_by_role("button", name="Sign in with Shop ID").click()
        page.wait_for_url(url)
        page.locator(".desk").wait_for()
        page.get_by_role("button", name="Mira", exact=True).click()
        account.get_by_role("button", name="Use an authenticator app").click()
        account.locator(".factor img").wait_for()
        assert op.asked[-1]["max_age"] == "0"

        stolen = Agent(browser, f"{url}?code=x&state=y")
        stolen.page.get_by_text("not one that this browser waits for").first.wait_for()
        refused = Agent(browser, f"{url}?error=access_denied&state=y")
        refused.page.get_by_text("The provider did not sign you in.").first.wait_for()
        assert re.fullmatch(re.escape(url), refused.page.url)
        for one in (mira, stolen, refused):
            assert one.wrong == []
            assert one.page.evaluate("window.__wrong") == []
            one.context.close()
