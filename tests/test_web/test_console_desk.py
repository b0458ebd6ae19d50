"""The settings of the desk in a browser: hours, inboxes, what is promised, models, reports."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from chatbot.clock import real_clock
from chatbot.home import Home
from chatbot.learning.contracts.fit_contract import make
from chatbot.service.access.encryption import Encryptor
from chatbot.service.access.secret_key import secret_key
from chatbot.service.connectors import setting_up
from chatbot.service.outgoing.door import Door
from chatbot.service.serving import contract_versions
from chatbot.settings import Settings
from chatbot.storage.database import open_database
from chatbot.storage.tables.connectors import ConnectorNoteRow, Level, NoteState
from finetune.model.checkpoint import write_manifest
from tests.test_learning.contracts.test_fit_contract import MAKING, past
from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD
from tests.test_web.test_console_settings import leaves, opens, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.integration]

REPORT = """<!doctype html><html><head><title>Of 9 questions 3 &lt;b&gt;</title></head><body><h1>Replayed</h1>
<script>document.querySelector("h1").textContent += " by its own script"; fetch("/v1/me").catch(() => {});</script>
</body></html>"""
PAGES = ["Opening hours", "Inboxes", "Webhooks", "Help desks", "What is promised", "Models", "Reports"]
HELD_BACK = {"name": "evidence", "passed": False, "sentence": "evidence hurts"}


@pytest.fixture
def home(tmp_path):
    """Two contracts, the first serves; two models, the second serves; a report."""
    home = Home(tmp_path).create()
    for name in ("v1", "v2"):
        contract_versions.save(home.contracts / name, replace(make(past(), MAKING), version=name))
    figures = {"with_evidence": {"perplexity": 12.5}, "drafts": {"count": 10, "passed": 7}}
    for name in ("m1", "m2"):
        (home.models / name).mkdir(parents=True)
        told = {"before": figures, "after": figures} if name == "m2" else {"bars": [HELD_BACK]}
        created = "2026-03-02T09:30:00+00:00"
        write_manifest(home.models / name, created=created, base="our base", method="full", settings={}, figures=told)
    home.promote(contract="v1", model="m1")
    home.promote(model="m2")
    (home.reports / "replay-20260302-093000-aaaa.html").write_text(REPORT)
    return home


@pytest.fixture
def lead(browser, home):
    with real_desk(home.path) as (_, port):
        one = signed_in(browser, home.path, port, "Lea", "lead")
        one.url = f"http://127.0.0.1:{port}"
        opens(one)
        yield one
        leaves(one)


def to(one, name):
    one.page.locator("dialog.settings nav").get_by_role("button", name=name, exact=True).click()
    section = one.page.locator(f'dialog.settings section[aria-label="{name}"]')
    section.wait_for()
    return section


def forget_the_password(home):
    with sqlite3.connect(home.path / "app.db", timeout=30) as database:
        database.execute("UPDATE sign_in SET proved_at = '2020-01-01 00:00:00.000000'")


def proves(one):
    again = one.page.locator("dialog.again")
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Go on").click()
    again.wait_for(state="detached")


def acts(home):
    with sqlite3.connect(home.path / "app.db", timeout=30) as database:
        return database.execute("SELECT act, subject, who FROM audit ORDER BY seq").fetchall()


def test_hours_are_laid_down_and_customers_are_told_them(lead, home):
    hours = to(lead, "Opening hours")
    hours.get_by_text("No hours are laid down").first.wait_for()
    hours.get_by_label("Tuesday: add hours").click()
    tuesday = hours.get_by_role("group", name="Tuesday")
    tuesday.get_by_label("opens").nth(1).fill("18:00")
    tuesday.get_by_label("closes").nth(1).fill("20:00")
    hours.get_by_label("Monday: remove").click()
    hours.get_by_role("group", name="Monday").get_by_text("closed").first.wait_for()
    hours.get_by_label("Time zone").select_option("Asia/Tokyo")
    hours.get_by_label("Closed from").fill("2027-01-01")
    hours.get_by_label("Closed until").fill("2027-01-03")
    hours.get_by_role("button", name="Save").click()  # what was chosen and not added counts as well
    lead.page.locator(".once").get_by_text("Whoever is handed over from now on").first.wait_for()
    hours.get_by_text("Changed last by Lea").first.wait_for()
    with sqlite3.connect(home.path / "app.db", timeout=30) as database:
        (kept,) = database.execute("SELECT value FROM desk WHERE name = 'hours'").fetchone()
    assert kept == "Tue 09:00-17:00, Tue 18:00-20:00, Wed-Fri 09:00-17:00 Asia/Tokyo closed 2027-01-01..2027-01-03"
    tuesday.get_by_label("closes").nth(1).fill("17:30")  # before it opens
    hours.get_by_role("button", name="Save").click()
    lead.page.locator(".settings > .trouble", has_text="ends before it begins").wait_for()
    hours.get_by_role("button", name="Tell customers no hours").click()
    lead.page.locator(".once").get_by_text("no longer told when people answer").first.wait_for()


def test_an_inbox_is_made_and_changed_and_its_secret_shown_once(lead, home):
    inboxes = to(lead, "Inboxes")
    inboxes.get_by_label("Name").last.fill("Shop")
    inboxes.get_by_role("button", name="Make an inbox").click()
    shop = inboxes.locator("details").filter(has=lead.page.get_by_text("Shop", exact=True))
    shop.locator("summary").click()
    shop.get_by_label("Pages that may hold the chat").fill("https://shop.example\nhttps://www.shop.example")
    shop.get_by_label("Only visitors who signed in").check()
    shop.get_by_role("button", name="Save").click()
    lead.page.locator(".once").get_by_text("Shop is saved.").first.wait_for()
    shop.get_by_text("signed in only").first.wait_for()
    forget_the_password(home)
    shop.get_by_role("button", name="Make a secret").click()
    proves(lead)
    assert len(lead.page.get_by_label("The secret of Shop").input_value()) > 40
    shop.get_by_role("button", name="Revoke kid_").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Revoke").click()
    shop.get_by_text("revoked").first.wait_for()
    assert lead.page.locator(".once input").count() == 0
    assert [act for act, _, _ in acts(home) if act.startswith("inbox")] == [
        "inbox_made",
        "inbox_changed",
        "inbox_key_made",
        "inbox_key_revoked",
    ]


def talks(lead, text):
    """What the bot's answer to this became."""
    made = httpx.post(f"{lead.url}/v1/conversations", json={}).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    address = f"{lead.url}/v1/conversations/{made['id']}"
    httpx.post(f"{address}/messages", json={"client_id": "a", "text": text}, headers=headers).raise_for_status()
    for _ in range(200):
        last = httpx.get(address, headers=headers).json()["messages"][-1]
        if last["role"] == "bot":
            return last["decision"]
        lead.page.wait_for_timeout(50)
    raise AssertionError(text)


def test_answering_alone_is_stopped_at_once_and_resumed_by_password(lead, home):
    contract = to(lead, "What is promised")
    contract.get_by_text("Answering alone is on").first.wait_for()
    assert talks(lead, "hello") == "answer"
    forget_the_password(home)  # to stop takes none
    contract.get_by_role("button", name="Stop answering alone").click()
    asked = lead.page.locator("dialog.confirm")
    asked.get_by_text("no answer of the understudy reaches a customer").first.wait_for()
    asked.get_by_role("button", name="Cancel").click()
    contract.get_by_text("Answering alone is on").first.wait_for()
    contract.get_by_role("button", name="Stop answering alone").click()
    asked.get_by_label("Why").fill("Prices <b>changed</b>")
    asked.get_by_role("button", name="Stop answering alone").click()
    contract.get_by_text("Answering alone is off").first.wait_for()
    contract.get_by_text("Prices <b>changed</b>").first.wait_for()
    assert talks(lead, "hello again") == "hand_over"
    contract.get_by_role("button", name="Answer alone again").click()
    asked.get_by_role("button", name="Answer alone again").click()
    proves(lead)
    contract.get_by_text("Answering alone is on").first.wait_for()
    assert talks(lead, "and now") == "answer"
    assert [subject for act, subject, _ in acts(home) if act == "alone_switched"] == ["off", "on"]


def test_a_promise_is_changed_and_given_back_to_the_settings(lead, home):
    contract = to(lead, "What is promised")
    contract.get_by_text(
        "At most 5% of the answers it sends alone are wrong, 90% sure. From the server"
    ).first.wait_for()
    contract.get_by_label("Wrong at most").select_option("0.1")
    contract.get_by_role("button", name="Change the promise").click()
    asked = lead.page.locator("dialog.confirm")
    asked.get_by_text("more of it be wrong").wait_for()
    asked.get_by_role("button", name="Change the promise").click()
    contract.get_by_text(
        "At most 10% of the answers it sends alone are wrong, 90% sure. Laid down here."
    ).first.wait_for()
    assert home.current().promise == (0.1, 0.9)
    contract.get_by_role("button", name="Back to the settings (5%").click()
    asked.get_by_role("button", name="Change the promise").click()
    contract.get_by_text("From the server").first.wait_for()
    assert home.current().promise is None


def test_another_contract_and_an_earlier_model_serve_by_password_and_are_recorded(lead, home):
    contract = to(lead, "What is promised")
    contract.get_by_role("button", name="Let it serve: v2").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Let it serve").click()
    contract.get_by_role("button", name="Go back to v1").wait_for()
    models = to(lead, "Models")
    models.get_by_text("7 of 10 drafts passed").first.wait_for()
    models.locator("tr", has_text="m1").get_by_text("Held back after its training: evidence hurts.").wait_for()
    forget_the_password(home)
    models.get_by_role("button", name="Go back to m1").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Go back", exact=True).click()
    proves(lead)
    models.locator("tr", has_text="m1").get_by_text("serves", exact=True).first.wait_for()
    assert (home.current().model, home.current().contract) == ("m1", "v2")
    home.promote(model="m2")  # another did it meanwhile
    models.get_by_role("button", name="Go back to m2").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Go back", exact=True).click()
    lead.page.locator(".settings > .trouble", has_text="Another command has changed the model").wait_for()
    promoted = [(subject, who.partition(" ")[0]) for act, subject, who in acts(home) if act == "promoted"]
    assert promoted == [("contract v2", "Lea"), ("model m1", "Lea")]


def test_a_report_is_shown_and_can_do_nothing_but_show_itself(lead):
    reports = to(lead, "Reports")
    reports.get_by_role("button", name="Replay").get_by_text("Of 9 questions 3 <b>").first.wait_for()
    frame = reports.locator("iframe")
    lead.page.frame_locator("iframe").get_by_role("heading", name="Replayed by its own script").wait_for()
    assert frame.get_attribute("sandbox") == "allow-scripts"
    answer = lead.page.request.get(f"{lead.url}{frame.get_attribute('src')}")
    policy = answer.headers["content-security-policy"]
    assert "sandbox allow-scripts;" in policy
    assert "default-src 'none'" in policy
    assert "x-own-scripts" not in answer.headers
    lead.wrong.clear()  # its fetch was refused, which the browser tells
    lead.page.evaluate("window.__wrong = []")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(browser, axe, home, width, scheme):
    (home.reports / "replay-20260302-093000-aaaa.html").write_text("<!doctype html><title>x</title><h1>x</h1>")
    with real_desk(home.path) as (_, port):
        size = {"width": width, "height": 800}
        lea = signed_in(browser, home.path, port, "Lea", "lead", viewport=size, color_scheme=scheme)
        opens(lea)
        lea.page.evaluate(axe)
        for name in PAGES:
            section = to(lea, name)
            for summary in section.locator("summary").all():
                summary.click()
            assert lea.page.evaluate(LOOK)[0] == [], name
            wide = lea.page.locator(".settings .page").evaluate("page => page.scrollWidth - page.clientWidth")
            assert wide <= 0, name
        to(lea, "What is promised").get_by_role("button", name="Stop answering alone").click()
        assert lea.page.evaluate(LOOK)[0] == []
        leaves(lea)


def test_a_webhook_is_added_tested_verified_and_removed(lead, home):
    page = to(lead, "Webhooks")
    page.get_by_label("Address").last.fill("https://crm.invalid/hooks")
    page.get_by_role("button", name="Add a webhook").click()
    assert lead.page.get_by_label("The secret that signs").input_value().startswith("whsec_")
    page.get_by_text("nothing delivered yet").first.wait_for()
    page.get_by_label("conversation.closed").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send a test").click()
    lead.page.locator(".once").get_by_text("The test failed: crm.invalid does not answer").first.wait_for()
    page.get_by_text("given up").first.wait_for()
    assert page.get_by_label("conversation.closed").is_checked()
    page.locator("summary", has_text="Verify a request").click()
    page.get_by_label("Its headers").fill("webhook-id: msg_1\nwebhook-timestamp: 1772443800")
    page.get_by_role("button", name="Verify a request").click()
    lead.page.locator(".once").get_by_text("Not right. The header webhook-signature is missing.").first.wait_for()
    forget_the_password(home)
    page.get_by_role("button", name="A new secret for").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="New secret").click()
    proves(lead)
    assert lead.page.get_by_label("The secret that signs").input_value().startswith("whsec_")
    page.get_by_role("button", name="Switch off").click()
    page.get_by_text("off: somebody switched it off").first.wait_for()
    page.get_by_role("button", name="Remove https://crm.invalid").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Remove").click()
    page.get_by_text("crm.invalid").first.wait_for(state="detached")
    assert [act for act, _, _ in acts(home) if act.startswith("webhook")] == [
        "webhook_made",
        "webhook_changed",
        "webhook_secret_made",
        "webhook_changed",
        "webhook_removed",
    ]


def connect(home):
    """As ``understudy connect`` does beside a server that runs: two help desks, of which one wrote something."""
    settings = Settings(home=home.path)
    encryptor = Encryptor(secret_key(home))
    given = {"password": "of the help desk"}

    async def made():
        async with open_database(settings.database()) as database, database.write() as session:
            for name in ("support", "second"):
                wanted = setting_up.Wanted(name, "django-helpdesk", f"https://{name}.invalid", given, Level.NOTE)
                await setting_up.create(session, wanted, Door.of(settings), encryptor, real_clock())
            about = {"connector_id": "support", "ticket": "4711", "message": "opening", "tries": 0}
            text = "Suggested reply (82% sure), for you to check and send:\n\nIt is on its way."
            session.add(ConnectorNoteRow(**about, state=NoteState.WRITTEN, text=text, at=real_clock().now()))

    with ThreadPoolExecutor(1) as beside:  # Playwright has a loop on this thread
        beside.submit(asyncio.run, made()).result()


def test_who_leads_sees_how_connectors_do_and_says_what_they_may(lead, home):
    to(lead, "Help desks").get_by_text("None is connected yet").wait_for()
    connect(home)
    page = to(lead, "Help desks")
    support = page.locator("details.inbox").filter(has_text="support")
    support.locator("summary").first.click()
    support.get_by_role("row", name="4711").get_by_text("written").wait_for()
    support.locator("summary", has_text="Its words").click()
    support.get_by_text("It is on its way.").wait_for()
    forget_the_password(home)
    support.get_by_label("What it may do there").select_option("Answer what the contract allows")
    support.get_by_role("button", name="Save").click()
    proves(lead)
    page.get_by_text("Answer what the contract allows ·").wait_for()
    support.get_by_role("button", name="Remove support").click()
    lead.page.locator("dialog.confirm").get_by_role("button", name="Remove").click()
    support.wait_for(state="detached")
    told = [(act, subject, who) for act, subject, who in acts(home) if "connected" in act]
    assert [(act, subject) for act, subject, _ in told] == [
        ("connected", "support"),
        ("connected", "second"),
        ("connected", "support"),
        ("disconnected", "support"),
    ]
    assert "Lea" in told[2][2]
    assert "of the help desk" not in lead.page.content()
