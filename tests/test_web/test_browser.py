"""The widget on the demo page against the real server: what a visitor does on a good and on a bad day."""

from __future__ import annotations

import signal

import pytest

from tests.test_web.conftest import real_desk

pytestmark = [pytest.mark.browser, pytest.mark.integration]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with real_desk(tmp_path_factory.mktemp("home")) as (_, port):
        yield f"http://127.0.0.1:{port}"


def test_asks_sees_the_answer_being_written_and_what_it_rests_on(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.sees("h3", "Hello")
    visitor.say("Where is my parcel? Slowly.")
    visitor.sees(".draft .bubble", "You said: Where is my")
    visitor.sees(".log .bubble", "You said: Where is my parcel? Slowly.")
    assert visitor.said() == ["Where is my parcel? Slowly.", "You said: Where is my parcel? Slowly."]
    chip = visitor.find("a.chip")
    assert (chip.count(), chip.inner_text()) == (1, "How to return")
    assert chip.get_attribute("href") == "https://help.example/return"
    assert visitor.find(".meta").last.inner_text().startswith("Sent")
    assert visitor.wrong() == []


def test_a_page_pays_little_for_it_and_asks_nobody_else(server, visitor):
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.visit(server)
    visitor.open()
    visitor.say("Where is my parcel?")
    visitor.sees(".log .theirs .bubble", "You said: Where is my parcel?")
    assert {url.split("/")[2] for url in asked} == {server.removeprefix("http://")}
    loaded = visitor.page.evaluate(
        """performance.getEntriesByType("resource").filter((one) => one.name.includes("/widget/"))
            .map((one) => [one.name.split("/").at(-1), one.encodedBodySize])"""
    )
    assert [name for name, _ in loaded] == ["loader.js", "chat.js"]
    assert loaded[0][1] <= 3 * 1000
    assert 10 * 1000 < sum(size for _, size in loaded) <= 25 * 1000
    assert visitor.wrong() == []


def test_a_suggested_question_is_asked_by_a_click(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.find(".ask").first.click()
    visitor.sees(".log .theirs .bubble", "You said: How much is delivery to Germany?")
    assert visitor.find(".welcome").is_hidden()
    assert visitor.wrong() == []


def test_a_reload_resumes_the_conversation_and_the_half_written_line(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.say("Remember me")
    visitor.sees(".log .theirs .bubble", "You said: Remember me")
    visitor.find("textarea").fill("half a sent")
    visitor.page.reload()
    visitor.sees(".log .theirs .bubble", "You said: Remember me")
    assert visitor.find("textarea").input_value() == "half a sent"
    visitor.find("textarea").press_sequentially("ence")
    visitor.find("textarea").press("Enter")
    visitor.sees(".log .theirs .bubble", "half a sentence")
    assert len(visitor.said()) == 4
    assert visitor.wrong() == []


def test_a_reload_while_the_answer_is_written_shows_it_once(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.say("Slowly please")
    visitor.sees(".draft .bubble", "You said")
    visitor.page.reload()
    visitor.sees(".log .theirs .bubble", "You said: Slowly please")
    assert visitor.said() == ["Slowly please", "You said: Slowly please"]


def test_a_person_takes_over_and_the_bot_is_silent(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.say("I want a person")
    visitor.sees(".log .theirs .bubble", "A colleague will answer.")
    visitor.sees(".card", "A person will take over")
    visitor.sees(".card", "Monday to Friday, 9:00 to 17:00")
    visitor.say("One more thing")
    visitor.sees(".log .theirs .bubble", "this has reached us")
    visitor.page.reload()
    visitor.sees(".card", "A person will take over")
    asked, passed_on, more, received = visitor.said()
    assert (asked, more) == ("I want a person", "One more thing")
    assert passed_on.startswith("A colleague will answer.")
    assert "this has reached us" in received
    assert visitor.wrong() == []


def test_asks_for_a_person_first_of_all(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.find(".foot").get_by_text("Talk to a person").click()
    visitor.sees(".card", "A person will take over")
    visitor.sees(".foot", "A person has been asked")
    assert visitor.wrong() == []


def test_ends_rates_and_starts_again(server, visitor):
    visitor.visit(server)
    visitor.open()
    visitor.say("Thank you")
    visitor.sees(".log .theirs .bubble", "You said: Thank you")
    visitor.find(".thumb").first.wait_for()  # the answer is whole
    visitor.find(".foot").get_by_text("End chat").click()
    visitor.find(".foot").get_by_text("Keep chatting").click()
    visitor.find(".foot").get_by_text("End chat").click()
    visitor.find(".foot").get_by_text("End this chat").click()
    visitor.sees(".card.end", "How did we do?")
    assert visitor.find(".composer").is_hidden()
    visitor.find(".stars button").nth(3).click()
    visitor.sees(".card.end", "Thank you for telling us.")
    visitor.page.reload()
    visitor.sees(".card.end", "Thank you for telling us.")
    assert visitor.find(".stars [aria-pressed=true]").get_attribute("aria-label") == "4 of 5"
    visitor.find(".card.end").get_by_text("Start a new chat").click()
    visitor.find(".ask").first.wait_for()
    assert visitor.said() == []
    assert visitor.wrong() == []


def test_two_tabs_show_the_same_conversation(server, visitor):
    from tests.test_web.conftest import Visitor

    visitor.visit(server)
    visitor.open()
    visitor.say("From the first tab")
    visitor.sees(".log .theirs .bubble", "From the first tab")
    other = Visitor(visitor.page.context.new_page())
    other.visit(server)
    other.say("From the second tab")
    visitor.sees(".log .theirs .bubble", "From the second tab")
    other.sees(".log .theirs .bubble", "From the second tab")
    assert visitor.said() == other.said()
    assert len(other.said()) == 4


def test_where_a_proxy_keeps_streams_back_the_log_is_asked_for(server, visitor):
    visitor.page.route("**/events", lambda route: None)  # neither answered nor refused
    visitor.impatient()
    visitor.visit(server)
    visitor.open()
    visitor.say("Does it arrive?")
    visitor.sees(".log .theirs .bubble", "You said: Does it arrive?", seconds=40)
    visitor.say("I want a person")
    visitor.sees(".card", "A person will take over", seconds=10)
    assert len(visitor.said()) == 4
    assert visitor.wrong() == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_restart_loses_and_doubles_nothing(tmp_path, visitor, end):
    with real_desk(tmp_path) as (process, port):
        visitor.visit(f"http://127.0.0.1:{port}")
        visitor.open()
        visitor.say("one")
        visitor.sees(".log .theirs .bubble", "You said: one")
        visitor.say("two, slowly")
        visitor.sees(".draft .bubble", "You said: two")  # stored, and being answered
        process.send_signal(end)
        process.wait(15)
        visitor.say("three")  # nobody is there to take it
        visitor.sees(".log .mine:last-child .meta", "Sending")
    with real_desk(tmp_path, port):
        visitor.sees(".log .mine", "three")
        visitor.sees(".log .theirs .bubble", "You said: three", seconds=30)
        mine = visitor.find(".log .mine .bubble").all_inner_texts()
        assert mine == ["one", "two, slowly", "three"]
        said = visitor.said()
        assert len(said) == len(set(said)), "something stands twice"
        visitor.page.reload()
        visitor.sees(".log .theirs .bubble", "You said: three")
        assert visitor.said() == said
    assert visitor.wrong(network=True) == []


def test_the_help_page_opens_the_article_that_a_topic_names(server, visitor):
    visitor.visit(server)
    visitor.page.get_by_role("link", name="Delivery times and costs").click()
    visitor.page.locator("#article h3").filter(has_text="Delivery times and costs").wait_for()
    assert visitor.page.locator("#article table td").count() > 10
    assert visitor.wrong() == []
