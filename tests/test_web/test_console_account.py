"""One's own account in a browser: another device ends, the second factor goes on and off; axe finds nothing."""

from __future__ import annotations

import pyotp
import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD, Agent, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def signs_in(agent):
    agent.page.get_by_label("E-mail").fill("mira@shop.example")
    agent.page.get_by_label("Password").fill(PASSWORD)
    agent.page.get_by_role("button", name="Sign in").click()


def test_devices_and_the_second_factor(browser, axe, tmp_path):
    link = invited(tmp_path, "mira@shop.example", "Mira", "admin")
    with real_desk(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}/console/"
        mira = Agent(browser, f"{url}#link={link}")
        mira.starts()
        other = Agent(browser, url)
        signs_in(other)
        other.page.locator(".desk").wait_for()

        page = mira.page
        page.get_by_role("button", name="Mira", exact=True).click()
        account = page.get_by_role("dialog", name="Your account")
        account.get_by_text("this browser").first.wait_for()
        account.get_by_role("button", name="End").click()
        account.get_by_role("button", name="End").wait_for(state="detached")
        other.page.reload()
        other.page.get_by_label("Password").wait_for()

        account.get_by_role("button", name="Use an authenticator app").click()
        account.locator(".factor img").wait_for()
        assert page.evaluate("document.querySelector('.factor img').decode().then(() => true)")
        account.get_by_label("code").fill("000000")
        account.get_by_role("button", name="Switch it on").click()
        account.get_by_text("That did not work").first.wait_for()
        account.get_by_label("code").fill(pyotp.TOTP(account.locator("code").inner_text()).now())
        account.get_by_role("button", name="Switch it on").click()
        account.locator(".codes li").first.wait_for()
        assert account.locator(".codes li").count() == 10
        page.evaluate(axe)
        wrong, looked_at = page.evaluate(LOOK)
        assert (wrong, looked_at > 10) == ([], True)

        signs_in(other)
        other.page.get_by_label("code").wait_for()
        account.get_by_role("button", name="Switch it off").click()
        account.get_by_text("Signing in takes your password only.").first.wait_for()
        assert account.locator(".codes").count() == 0  # shown once
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement.textContent") == "Mira"
        signs_in(other)
        other.page.locator(".desk").wait_for()
        assert mira.wrong == other.wrong == []
        for one in (mira, other):
            one.context.close()
