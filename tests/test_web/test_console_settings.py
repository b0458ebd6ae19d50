"""The settings in a browser: each role sees what it may change; links and keys are shown once; passwords are asked."""

from __future__ import annotations

import sqlite3

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD, Agent, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def signed_in(browser, home, port, name, role, **options):
    link = invited(home, f"{name.lower()}@shop.example", name, role)
    one = Agent(browser, f"http://127.0.0.1:{port}/console/#link={link}", **options)
    one.starts()
    return one


def leaves(one):
    assert one.wrong == []
    assert one.page.evaluate("window.__wrong") == []
    one.context.close()


def opens(one):
    one.page.get_by_role("button", name="Settings", exact=True).click()
    one.page.locator("dialog.settings section").wait_for()


def test_an_agent_has_macros_of_their_own_there_and_nothing_else(browser, tmp_path):
    with real_desk(tmp_path) as (_, port):
        one = signed_in(browser, tmp_path, port, "Jon", "agent")
        opens(one)
        page = one.page.locator("dialog.settings")
        assert page.locator("header nav button").all_inner_texts() == ["Macros"]
        assert page.get_by_label("For me alone").count() == 0
        page.get_by_label("Name", exact=True).fill("Mine")
        page.get_by_label("Text", exact=True).fill("Bye")
        page.locator("form button.main").click()
        page.locator("tr").filter(has_text="(yours)").wait_for()
        leaves(one)


def test_an_admin_invites_changes_a_role_and_disables(browser, tmp_path):
    with real_desk(tmp_path) as (_, port):
        mira = signed_in(browser, tmp_path, port, "Mira", "admin")
        opens(mira)
        mira.page.get_by_label("Name").fill("Jon")
        mira.page.get_by_label("E-mail address").fill("jon@shop.example")
        mira.page.get_by_role("button", name="Invite").click()
        link = mira.page.get_by_label("Hand this link to Jon").input_value()
        jon = Agent(browser, link)
        jon.starts()

        mira.page.get_by_label("Role of Jon").select_option("lead")
        mira.page.locator(".once input").wait_for(state="detached")  # the link was shown once
        row = mira.page.locator("tr").filter(has_text="jon@shop.example")
        row.filter(has_text="active").wait_for()
        assert mira.page.get_by_label("Role of Jon").input_value() == "lead"
        row.get_by_role("button", name="Disable").click()
        row.filter(has_text="disabled").wait_for()
        row.get_by_role("button", name="Let in again").click()
        row.filter(has_text="active").wait_for()
        mira.page.get_by_label("Role of Mira").select_option("agent")  # nobody else is an admin
        mira.page.locator(".settings > .trouble:not(:empty)").wait_for()
        assert mira.page.get_by_label("Role of Mira").input_value() == "admin"
        jon.context.close()
        leaves(mira)


def test_a_key_is_shown_once_and_the_password_is_asked_for_again(browser, tmp_path):
    with real_desk(tmp_path) as (_, port):
        mira = signed_in(browser, tmp_path, port, "Mira", "admin")
        opens(mira)
        mira.page.get_by_role("button", name="API keys").click()
        mira.page.get_by_role("button", name="Make a key").wait_for()
        mira.page.get_by_label("Name").fill("help desk")
        with sqlite3.connect(tmp_path / "app.db", timeout=30) as database:
            database.execute("UPDATE sign_in SET proved_at = '2020-01-01 00:00:00.000000'")
        mira.page.get_by_role("button", name="Make a key").click()
        again = mira.page.locator("dialog.again")
        again.get_by_label("Password").fill("not this one at all")
        again.get_by_role("button", name="Go on").click()
        again.locator(".trouble:not(:empty)").wait_for()
        again.get_by_label("Password").fill(PASSWORD)
        again.get_by_role("button", name="Go on").click()
        assert mira.page.get_by_label("The new key").input_value()
        mira.page.get_by_role("button", name="Revoke help desk").click()
        mira.page.locator("dialog.confirm").get_by_role("button", name="Revoke").click()
        mira.page.locator("tr").filter(has_text="revoked").wait_for()
        assert mira.page.locator(".once input").count() == 0
        leaves(mira)


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(browser, axe, tmp_path, width, scheme):
    with real_desk(tmp_path) as (_, port):
        size = {"width": width, "height": 800}
        mira = signed_in(browser, tmp_path, port, "Mira", "admin", viewport=size, color_scheme=scheme)
        opens(mira)
        mira.page.evaluate(axe)
        assert mira.page.evaluate(LOOK)[0] == []
        mira.page.get_by_role("button", name="API keys").click()
        mira.page.get_by_role("button", name="Make a key").wait_for()
        assert mira.page.evaluate(LOOK)[0] == []
        leaves(mira)
