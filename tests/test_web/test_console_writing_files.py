"""Files with what the team writes in the console: held, taken back, in a note, in a draft; and on their way."""

from __future__ import annotations

import base64
import io
import os
import signal

import pytest
from PIL import Image

from tests.test_api.test_files import PDF
from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK, PASSWORD, Agent, desk  # noqa: F401 - a fixture
from tests.test_web.test_console_composer import everything, note_box, opens, takes, until, waiting
from tests.test_web.test_console_files import PASTE, picture, shows

pytestmark = [pytest.mark.browser, pytest.mark.integration]


def attaches(agent, name, content=PDF):
    """Choose a file and wait until it is there."""
    begins(agent, name, content)
    agent.page.locator(".tray progress").first.wait_for(state="detached")
    agent.sees(".tray .chip", name)


def begins(agent, name, content):
    with agent.page.expect_file_chooser() as chosen:
        agent.page.get_by_role("button", name="Attach a picture or PDF").click()
    chosen.value.set_files({"name": name, "mimeType": "application/pdf", "buffer": content})


def chips(agent):
    return agent.page.locator(".tray .chip span:not(.unseen)").all_inner_texts()


def files_heard(customer):
    said = customer.ask("GET", f"/{customer.id}")["messages"]
    return [[file["name"] for file in each["files"]] for each in said if each["role"] == "agent"]


def noise(side):
    """A picture that no form makes small: about three bytes a pixel."""
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(out, "PNG")
    return out.getvalue()


def slowly(page, bytes_a_second):
    """Let the page send no faster than that; as fast as it can with -1."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    rate = {"downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    network.send("Network.emulateNetworkConditions", {"offline": False, "latency": 0, **rate})


def test_files_of_a_held_reply_come_back_with_it_and_go_when_its_time_has_come(desk, tmp_path):  # noqa: F811
    mira, jon, process, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    opens(jon, "my kettle leaks")
    mira.page.locator(".hold select").select_option("30")
    attaches(mira, "label.pdf")
    mira.box.fill("Here is the label")
    mira.box.press("Control+Enter")
    for one in (mira, jon):
        one.sees(".row.held .files", "label.pdf")
    assert chips(mira) == []
    assert "label.pdf" not in everything(customer)
    mira.page.locator(".held-line").get_by_role("button", name="Undo").click()
    until(lambda: (mira.box.input_value(), chips(mira)) == ("Here is the label", ["label.pdf"]))
    mira.page.evaluate(PASTE, [mira.box.element_handle(), base64.b64encode(picture((30, 30))).decode()])
    until(lambda: chips(mira) == ["label.pdf", "pasted.png"])
    mira.page.locator(".tray progress").first.wait_for(state="detached")
    mira.page.locator(".hold select").select_option("5")
    mira.box.press("Control+Enter")
    mira.sees(".row.held .files", "label.pdf")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert chips(mira) == []
    with real_desk(tmp_path, port):
        until(lambda: files_heard(customer) == [["label.pdf", "pasted.png"]])
        mira.page.locator(".row.held").wait_for(state="detached")
        mira.sees(".row.agent .files", "label.pdf")
        shows(mira.page, ".row.agent .picture img")


def test_a_note_of_a_file_alone_is_the_teams(desk, axe):  # noqa: F811
    mira, jon, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    opens(jon, "my kettle leaks")
    jon.page.get_by_role("button", name="Note", exact=True).click()
    attaches(jon, "invoice.pdf")
    jon.page.evaluate(axe)
    assert jon.page.evaluate(LOOK)[0] == []
    jon.page.get_by_role("button", name="Add note").click()
    mira.sees(".row.note .chip", "invoice.pdf")
    assert mira.page.locator(".row.note .chip").evaluate("each => getComputedStyle(each).borderStyle") == "dashed"
    with mira.page.expect_download() as download:
        mira.page.locator(".row.note .chip").click()
    assert download.value.suggested_filename == "invoice.pdf"
    assert chips(jon) == []
    assert "invoice" not in everything(customer)


def test_a_draft_has_its_files_after_a_reload_and_on_another_device(desk, browser):  # noqa: F811
    mira, _, _, port = desk
    waiting(port, "my kettle leaks")
    waiting(port, "and my lamp flickers")
    takes(mira, "my kettle leaks")
    attaches(mira, "label.pdf")
    mira.page.get_by_role("button", name="Note", exact=True).click()
    assert chips(mira) == []  # each has its own
    with mira.page.expect_response(lambda answer: "/drafts/note" in answer.url):
        attaches(mira, "invoice.pdf")
    opens(mira, "and my lamp flickers", "All")
    until(lambda: chips(mira) == [])
    mira.page.reload()
    opens(mira, "my kettle leaks", "Mine")
    until(lambda: chips(mira) == ["label.pdf"])
    phone = Agent(browser, f"http://127.0.0.1:{port}/console/")
    phone.page.get_by_label("E-mail address").fill("mira@shop.example")
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.get_by_role("button", name="Sign in").click()
    opens(phone, "my kettle leaks", "Mine")
    until(lambda: chips(phone) == ["label.pdf"])
    with phone.page.expect_response(lambda answer: "/drafts/reply" in answer.url):
        phone.page.get_by_role("button", name="Remove: label.pdf").click()
    phone.page.get_by_role("button", name="Note", exact=True).click()
    until(lambda: chips(phone) == ["invoice.pdf"])
    mira.page.evaluate("dispatchEvent(new Event('focus'))")  # back at the first device
    until(lambda: chips(mira) == [])
    assert note_box(phone).input_value() == ""
    phone.context.close()


def test_an_upload_shows_how_far_it_is_and_is_cancelled(desk, axe):  # noqa: F811
    mira, _, _, port = desk
    customer = waiting(port, "my kettle leaks")
    takes(mira, "my kettle leaks")
    mira.sends_at_once()
    slowly(mira.page, 150_000)
    begins(mira, "large.png", noise(800))  # 1.9 MB
    bar = mira.page.get_by_role("progressbar", name="Uploading: large.png")
    bar.wait_for()
    mira.page.wait_for_function("bar => bar.value > 0 && bar.value < 1", arg=bar.element_handle())
    mira.box.fill("Here it is")
    mira.box.press("Control+Enter")
    mira.sees(".composer .trouble", "Not every file is here yet.")
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    mira.page.get_by_role("button", name="Cancel the upload: large.png").click()
    mira.page.locator(".tray .chip").wait_for(state="detached")
    until(lambda: mira.page.locator(".composer .trouble").inner_text() == "")
    slowly(mira.page, -1)
    attaches(mira, "label.pdf")
    assert mira.page.locator(".tray .chip").text_content().startswith("Attached:label.pdf")
    mira.box.press("Control+Enter")
    until(lambda: files_heard(customer) == [["label.pdf"]])
