"""Passkeys in Chromium with its virtual authenticator: added, used to sign in and in place of a password, removed."""

from __future__ import annotations

import sqlite3

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD, Agent, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]


class Device:
    """What a browser takes for the device: it keeps passkeys and verifies whoever is at it, while it is told to."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
        self.id = self.tell("addVirtualAuthenticator", options=options)["authenticatorId"]

    def tell(self, command, **said):
        return self.session.send(f"WebAuthn.{command}", said)

    def verifies(self, on):
        self.tell("setUserVerified", authenticatorId=self.id, isUserVerified=on)

    @property
    def held(self):
        return self.tell("getCredentials", authenticatorId=self.id)["credentials"]


def account_of(agent):
    agent.page.get_by_role("button", name="Mira", exact=True).click()
    account = agent.page.get_by_role("dialog", name="Your account")
    account.get_by_text("this browser").first.wait_for()
    return account


def makes_a_key_long_after_signing_in(page, home):
    """The password is asked for again: what was asked for goes on after the passkey."""
    with sqlite3.connect(home / "app.db") as database:
        database.execute("UPDATE sign_in SET proved_at = datetime(proved_at, '-1 hour')")
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("button", name="API keys").click()
    form = page.get_by_role("form", name="Make a key")
    form.wait_for()
    form.get_by_label("Name").fill("help desk")
    form.get_by_role("button").click()
    page.locator("dialog.again").get_by_role("button", name="Sign in with a passkey").click()
    page.locator(".once input").wait_for()
    page.keyboard.press("Escape")


def test_a_passkey_signs_in_and_answers_where_the_password_is_asked_again(browser, axe, tmp_path):
    link = invited(tmp_path, "mira@shop.example", "Mira", "admin")
    with real_desk(tmp_path) as (_, port):
        mira = Agent(browser, f"http://localhost:{port}/console/#link={link}")
        page, device = mira.page, Device(mira.page)
        mira.starts()
        account = account_of(mira)
        account.get_by_role("button", name="Add a passkey").click()
        row = account.locator(".passkeys li")
        row.get_by_text("not used yet").first.wait_for()
        assert "localhost" in row.inner_text()
        (credential,) = device.held
        assert (credential["isResidentCredential"], credential["rpId"]) == (True, "localhost")
        account.get_by_role("button", name="Add a passkey").click()
        account.get_by_text("This device has a passkey for you already.").first.wait_for()
        page.evaluate(axe)
        wrong, looked_at = page.evaluate(LOOK)
        assert (wrong, looked_at > 10) == ([], True)
        page.keyboard.press("Escape")

        page.get_by_role("button", name="Sign out").click()
        button = page.get_by_role("button", name="Sign in with a passkey")
        device.verifies(False)  # somebody else's finger
        button.click()
        page.get_by_text("No passkey was given.").first.wait_for()
        page.evaluate(axe)
        assert page.evaluate(LOOK)[0] == []
        device.verifies(True)
        button.click()
        page.locator(".desk").wait_for()
        account_of(mira).get_by_text("last used").first.wait_for()
        page.keyboard.press("Escape")

        makes_a_key_long_after_signing_in(page, tmp_path)

        account = account_of(mira)
        account.get_by_role("button", name="Remove").click()
        row.wait_for(state="detached")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Sign out").click()
        button.click()
        page.get_by_text("does not open this desk").first.wait_for()
        page.get_by_label("E-mail").fill("mira@shop.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.locator(".desk").wait_for()
        assert mira.wrong == []
        assert page.evaluate("window.__wrong") == []
        mira.context.close()


def test_an_address_without_a_name_offers_none_and_says_why(browser, tmp_path):
    link = invited(tmp_path, "mira@shop.example", "Mira")
    with real_desk(tmp_path) as (_, port):
        mira = Agent(browser, f"http://127.0.0.1:{port}/console/#link={link}")
        mira.starts()
        account = account_of(mira)
        account.get_by_text("Passkeys need https and a host name").first.wait_for()
        assert account.get_by_role("button", name="Add a passkey").count() == 0
        page = mira.page
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Password").wait_for()
        assert page.get_by_role("button").all_inner_texts() == ["Sign in"]
        assert mira.wrong == []
        mira.context.close()
