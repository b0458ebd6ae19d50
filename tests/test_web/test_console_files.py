"""Pictures and PDFs from the widget to the console and back, in browsers, against the real server."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from tests.test_api.test_files import PDF
from tests.test_web.conftest import Visitor, real_desk
from tests.test_web.test_console import LOOK, Agent, invited

pytestmark = [pytest.mark.browser, pytest.mark.integration]

PASTE = """([box, bytes]) => {
  const read = Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0));
  const file = new File([read], "pasted.png", { type: "image/png" });
  const clipboardData = new DataTransfer();
  clipboardData.items.add(file);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true }));
}"""


def picture(size=(640, 400)):
    out = io.BytesIO()
    Image.new("RGB", size, (60, 110, 160)).save(out, "PNG")
    return out.getvalue()


def shows(page, selector):
    """Wait until a picture is there and has pixels."""
    image = page.locator(selector).last
    image.wait_for()
    page.wait_for_function("image => image.naturalWidth > 0", arg=image.element_handle())
    return image


@pytest.fixture(params=[1280, 390])
def desk(browser, tmp_path, request):
    """A customer at the sample shop and Mira at the console; ``pictures`` where they are kept."""
    link = invited(tmp_path, "mira@shop.example", "Mira", "admin")
    scheme = "dark" if request.param == 390 else "light"
    with real_desk(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}"
        size = {"width": request.param, "height": 800}
        mira = Agent(browser, f"{url}/console/#link={link}", viewport=size, color_scheme=scheme)
        mira.starts()
        context = browser.new_context(viewport=size, color_scheme=scheme)
        visitor = Visitor(context.new_page())
        visitor.visit(url)
        visitor.open()
        yield mira, visitor
        assert mira.wrong == []
        assert mira.page.evaluate("window.__wrong") == []
        assert visitor.wrong(network=True) == []  # what is refused is an answer of 415
        context.close()
        mira.context.close()


def test_a_picture_goes_to_the_team_and_a_pdf_comes_back(desk, axe):
    mira, visitor = desk
    page = visitor.page
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach a picture or PDF").click()
    chosen.value.set_files({"name": "kettle.png", "mimeType": "image/png", "buffer": picture()})
    visitor.sees(".tray .chip", "kettle.png")
    page.locator(".tray .chip progress").wait_for(state="detached")
    page.get_by_role("textbox").press("Enter")
    assert shows(page, ".log .picture img").get_attribute("alt") == "kettle.png"
    visitor.sees(".log .bot .bubble", "I cannot look at files myself.")
    with page.expect_popup() as opened:
        page.locator(".log .picture").click()
    assert "/files/f_" in opened.value.url

    mira.page.get_by_role("button", name="Take the next one").click()
    mira.sees(".brief", "Mira has it")
    shows(mira.page, ".row.customer .picture img")
    mira.page.evaluate(PASTE, [mira.box.element_handle(), base64.b64encode(picture((30, 30))).decode()])
    mira.sees(".tray .chip", "pasted.png")
    with mira.page.expect_file_chooser() as chosen:
        mira.page.get_by_role("button", name="Attach a picture or PDF").click()
    chosen.value.set_files({"name": "label.pdf", "mimeType": "application/pdf", "buffer": PDF})
    mira.sees(".tray .chip", "label.pdf")
    mira.page.locator(".tray progress").first.wait_for(state="detached")
    mira.page.evaluate(axe)
    assert mira.page.evaluate(LOOK)[0] == []
    mira.sends_at_once()
    mira.box.fill("Here is the label.")
    mira.box.press("Control+Enter")
    visitor.sees(".log .agent .bubble", "Here is the label.")
    visitor.sees(".log .agent .chip", "label.pdf")
    shows(page, ".log .agent .picture img")
    shows(mira.page, ".row.agent .picture img")
    with page.expect_download() as download:
        page.locator(".log .agent .chip").click()
    assert download.value.suggested_filename == "label.pdf"
    page.evaluate(axe)
    assert page.evaluate(LOOK)[0] == []


def test_what_is_refused_says_why_and_the_words_stay(desk):
    _, visitor = desk
    page = visitor.page
    box = page.get_by_role("textbox")
    box.fill("Where is my parcel?")
    page.evaluate(PASTE, [box.element_handle(), base64.b64encode(b"<svg/>").decode()])
    visitor.sees(".tray .chip.wrong", "This file cannot be taken.")
    box.press("Enter")
    assert box.input_value() == "Where is my parcel?", "not sent without the file"
    page.get_by_role("button", name="Remove: pasted.png").click()
    box.press("Enter")
    visitor.sees(".log .theirs .bubble", "You said: Where is my parcel?")
    assert visitor.said()[0] == "Where is my parcel?"


def test_of_more_than_five_files_those_left_out_are_named(desk):
    _, visitor = desk
    page = visitor.page
    many = [{"name": f"{at}.png", "mimeType": "image/png", "buffer": picture((9, 9))} for at in range(1, 8)]
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach a picture or PDF").click()
    chosen.value.set_files(many)
    visitor.sees(".tray .chip.wrong", "left out: 6.png, 7.png")
    assert page.locator(".tray .chip:not(.wrong)").count() == 5
    page.locator(".tray progress").first.wait_for(state="detached")
    page.get_by_role("button", name="Remove: 5.png").click()
    with page.expect_file_chooser() as chosen:
        page.get_by_role("button", name="Attach a picture or PDF").click()
    chosen.value.set_files(many[5:6])
    page.locator(".tray .chip.wrong").wait_for(state="detached")
    assert page.locator(".tray .chip").count() == 5
