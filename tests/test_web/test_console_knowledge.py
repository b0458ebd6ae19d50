"""What the desk knows, in the console: articles, past answers and topics; nothing that was typed is lost."""

from __future__ import annotations

import pytest

from tests.test_web.conftest import real_desk
from tests.test_web.test_console import LOOK
from tests.test_web.test_console_settings import leaves, opens, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.integration]

KNOWS = "The bot goes by it now."


@pytest.fixture
def lead(browser, tmp_path):
    """A lead with the settings open, on a desk that knows something."""
    with real_desk(tmp_path, module="knowing_desk") as (_, port):
        lea = signed_in(browser, tmp_path, port, "Lea", "lead")
        lea.home, lea.port = tmp_path, port
        opens(lea)
        yield lea
        leaves(lea)


def tab(one, name):
    one.page.locator(".settings nav").get_by_role("button", name=name, exact=True).click()


def edits(one, title):
    one.page.locator(".found button").filter(has_text=title).click()
    one.page.locator(".editor").wait_for()


def test_an_agent_sees_nothing_of_it(browser, tmp_path):
    with real_desk(tmp_path, module="knowing_desk") as (_, port):
        jon = signed_in(browser, tmp_path, port, "Jon", "agent")
        opens(jon)
        assert jon.page.locator(".settings nav button").all_inner_texts() == ["Macros"]
        leaves(jon)


def test_an_article_is_edited_with_a_preview_and_the_bot_goes_by_it(lead):
    page = lead.page
    page.get_by_label("Search articles").fill("lid")
    page.locator(".found li").filter(has_text="Returns").wait_for(state="detached")
    edits(lead, "Spare parts")
    lead.sees(".parts .bubble", "Lid – Price: £8.")
    box = page.get_by_role("textbox", name="Text", exact=True)
    assert "| Part | Price |" in box.input_value()
    save = page.get_by_role("button", name="Save", exact=True)
    assert save.is_disabled()
    box.fill("## Prices\n\nA lid costs **£9**, see https://shop.example/lids.")
    lead.sees(".parts h4", "Prices")
    lead.sees(".parts .bubble", "A lid costs £9, see")
    assert page.locator(".parts .bubble a").get_attribute("href") == "https://shop.example/lids"
    box.press("Control+s")
    lead.sees(".once", KNOWS)
    lead.sees(".standing", "Last written by Lea")
    assert save.is_disabled()
    assert "costs £9, see" in box.input_value(), "as it is stored, without marks"
    page.get_by_role("button", name="All articles").click()
    page.get_by_label("Search articles").fill("costs")
    lead.sees(".found li", "Spare parts")
    edits(lead, "Spare parts")
    page.get_by_role("button", name="All articles").click()
    page.locator(".found button:focus").filter(has_text="Spare parts").wait_for()


def test_a_new_article_is_written_and_a_name_that_is_taken_loses_nothing(lead):
    page = lead.page
    page.get_by_role("button", name="New article").click()
    page.get_by_label("Title").fill("Returns")
    assert page.get_by_label("Short name").input_value() == "returns"
    page.get_by_role("textbox", name="Text", exact=True).fill("Send it back.")
    page.get_by_role("button", name="Save", exact=True).click()
    lead.sees(".settings > .trouble", "There is an article of this short name already")
    page.get_by_label("Short name").fill("send-back")
    page.get_by_role("button", name="Save", exact=True).click()
    lead.sees(".once", KNOWS)
    page.get_by_role("button", name="All articles").click()
    lead.sees(".quiet", "Articles: 3")


def test_what_somebody_else_wrote_meanwhile_is_told_and_nothing_typed_is_lost(browser, lead):
    jon = signed_in(browser, lead.home, lead.port, "Jon", "lead")
    opens(jon)
    for one in (lead, jon):
        edits(one, "Returns")
    jon.page.get_by_role("textbox", name="Text", exact=True).fill("You have 60 days.")
    jon.page.get_by_role("button", name="Save", exact=True).click()
    jon.sees(".once", KNOWS)
    lead.page.get_by_role("textbox", name="Text", exact=True).fill("You have 45 days.")
    lead.page.get_by_role("button", name="Save", exact=True).click()
    lead.sees(".conflict", "Jon,")
    assert lead.page.get_by_role("textbox", name="Text", exact=True).input_value() == "You have 45 days."
    lead.page.get_by_text("Read theirs").click()
    lead.sees(".conflict pre", "You have 60 days.")
    lead.page.get_by_role("button", name="Save mine over it").click()
    lead.sees(".once", KNOWS)
    assert lead.page.locator(".conflict").is_hidden()

    jon.page.get_by_role("textbox", name="Text", exact=True).fill("You have 90 days.")
    jon.page.get_by_role("button", name="Save", exact=True).click()
    jon.page.get_by_role("button", name="Drop mine, go on from theirs").click()
    jon.page.locator("dialog.confirm").get_by_role("button", name="Drop mine, go on from theirs").click()
    jon.page.locator(".conflict").wait_for(state="hidden")
    assert jon.page.get_by_role("textbox", name="Text", exact=True).input_value() == "You have 45 days."
    leaves(jon)


def test_what_is_not_saved_is_not_left_without_a_question(lead):
    page = lead.page
    edits(lead, "Returns")
    page.get_by_role("textbox", name="Text", exact=True).fill("You have a week.")
    question = page.locator("dialog.confirm")
    for _ in range(3):  # Escape closes a dialog that refuses once
        page.get_by_role("textbox", name="Text", exact=True).press("Escape")
        question.get_by_role("button", name="Cancel").click()
    tab(lead, "Topics")
    question.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="All articles").click()
    question.get_by_role("button", name="Cancel").click()
    assert page.get_by_role("textbox", name="Text", exact=True).input_value() == "You have a week."
    page.get_by_role("button", name="Close", exact=True).click()
    question.get_by_role("button", name="Leave it").click()
    page.locator("dialog.settings").wait_for(state="detached")


def test_back_leaves_no_article_unsaved_without_a_question(lead):
    page = lead.page
    edits(lead, "Returns")
    page.get_by_role("textbox", name="Text", exact=True).fill("You have a year.")
    page.go_back()
    page.locator("dialog.confirm").get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/console/#settings")
    assert page.get_by_role("textbox", name="Text", exact=True).input_value() == "You have a year."
    page.go_back()
    page.locator("dialog.confirm").get_by_role("button", name="Leave it").click()
    page.locator("dialog.settings").wait_for(state="detached")


def test_a_server_that_is_away_loses_nothing_that_was_typed(lead):
    page = lead.page
    edits(lead, "Returns")
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill("You have a year.")
    lead.context.set_offline(True)
    box.press("Control+Enter")
    lead.sees(".settings > .trouble", "The server cannot be reached.")
    assert box.input_value() == "You have a year."
    lead.context.set_offline(False)
    box.press("Control+Enter")
    lead.sees(".once", KNOWS)


def test_a_whole_article_is_taken_out_of_use_and_brought_back(lead):
    page = lead.page
    edits(lead, "Spare parts")
    page.get_by_label("Title").fill("Spare parts and lids")
    page.get_by_role("button", name="Take out of use").click()
    page.locator("dialog.confirm").get_by_label("Why?").fill("Sold out.")
    page.locator("dialog.confirm").get_by_role("button", name="Take out of use").click()
    lead.sees(".standing", "Taken out of use by Lea")
    lead.sees(".standing q", "Sold out.")
    lead.sees(".once", KNOWS)
    assert page.get_by_label("Title").input_value() == "Spare parts and lids"
    page.get_by_role("button", name="Bring back into use").click()
    lead.sees(".standing", "Brought back by Lea")


def test_a_past_answer_is_found_read_with_what_stands_behind_and_retired(lead):
    page = lead.page
    tab(lead, "Past answers")
    page.get_by_label("Search as a customer would ask").fill("my kettle leaks badly")
    page.locator(".found li").first.filter(has_text="leaks badly").get_by_role("button").click()
    lead.sees(".turns .answer", "until it clicks")
    lead.sees(".answer .found li", "my kettle leaks")
    page.get_by_role("button", name="Take out of use").click()
    page.locator("dialog.confirm").get_by_role("button", name="Take out of use").click()
    lead.sees(".once", KNOWS)
    page.get_by_role("button", name="All past answers").click()
    page.get_by_label("Show").select_option("out")
    page.locator(".found li").filter(has_text="Out of use").get_by_role("button").click()
    page.get_by_role("button", name="Bring back into use").click()
    lead.sees(".standing", "Brought back by Lea")
    page.locator(".answer .found button").last.click()  # an article on it
    page.locator(".editor").wait_for()


def test_topics_are_renamed_and_merged(lead):
    page = lead.page
    tab(lead, "Topics")
    page.get_by_role("button", name="Rename lids, leaks").click()
    page.locator("dialog.confirm").get_by_label("Name").fill("Leaking lids")
    page.locator("dialog.confirm").get_by_role("button", name="Rename").click()
    lead.sees("tbody tr", "Leaking lids")
    lead.sees(".once", KNOWS)
    page.get_by_role("button", name="Merge refunds into another").click()
    page.locator("dialog.choose input").fill("parcels")
    page.keyboard.press("Enter")
    page.locator("dialog.confirm").get_by_role("button", name="Merge").click()
    page.locator("tbody tr").filter(has_text="refunds").wait_for(state="detached")
    page.get_by_text("Merged topics").click()
    lead.sees("details li", "refunds → parcels, late")
    page.get_by_role("button", name="Rename parcels, late").click()  # what another is called already is merging
    page.locator("dialog.confirm").get_by_label("Name").fill("leaking LIDS")
    page.locator("dialog.confirm").get_by_role("button", name="Rename").click()
    page.locator("dialog.confirm").get_by_role("button", name="Merge").click()
    page.locator("tbody tr").filter(has_text="parcels").wait_for(state="detached")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_axe_finds_nothing(browser, axe, tmp_path, width, scheme):
    with real_desk(tmp_path, module="knowing_desk") as (_, port):
        size = {"width": width, "height": 800}
        lea = signed_in(browser, tmp_path, port, "Lea", "lead", viewport=size, color_scheme=scheme)
        opens(lea)
        lea.page.evaluate(axe)
        look = lambda: lea.page.evaluate(LOOK)[0]  # noqa: E731
        lea.page.locator(".found li").first.wait_for()
        assert look() == []
        edits(lea, "Spare parts")
        lea.page.locator(".parts .bubble").first.wait_for()
        lea.page.get_by_text("Address, language, questions").click()
        assert look() == []
        tab(lea, "Past answers")
        lea.page.locator(".found button").first.click()
        lea.page.locator(".turns").wait_for()
        assert look() == []
        tab(lea, "Topics")
        lea.page.locator("tbody tr").first.wait_for()
        assert look() == []
        assert lea.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        leaves(lea)
