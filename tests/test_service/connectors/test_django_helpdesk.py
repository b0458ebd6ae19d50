"""What a ticket of django-helpdesk is read as, and what is sent to it; nobody is asked over a network."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chatbot.service.connectors.desks.django_helpdesk import OPENING, DjangoHelpdesk
from chatbot.service.connectors.protocol import Rung, Written, mark_of, marked
from chatbot.service.outgoing.door import Answer, OutgoingError

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOKEN = {"password": "x"}


class StubClient:
    """Answers by method and path, and keeps what it was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    async def ask(self, method, url, *, headers, content=None, **_):
        self.asked.append((method, url, headers, content and json.loads(content)))
        status, body = self.answers[method]
        return Answer(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), False, False)


def followup(number, comment, *, user=None, public=True, title="Comment"):
    date = f"2026-05-01T10:{number:02}:00Z"
    return {"id": number, "user": user, "title": title, "comment": comment, "public": public, "date": date}


def ticket(*followups, status=1, on_hold=False):
    return {
        "id": 7,
        "title": "Parcel",
        "description": "Where is it?",
        "submitter_email": "ada@shop.example",
        "status": status,
        "on_hold": on_hold,
        "priority": 2,
        "followup_set": list(followups),
    }


async def read(*followups, **more):
    client = StubClient(GET=(200, ticket(*followups, **more)))
    return await DjangoHelpdesk(client, "https://help.example/", TOKEN).fetch("7")


async def test_the_description_comes_once_though_it_is_the_first_follow_up_as_well():
    theirs = await read(followup(1, "Where is it?", user=3))
    assert [(each.key, each.role, each.text) for each in theirs.remarks] == [(OPENING, "customer", "Where is it?")]
    assert theirs.unanswered is theirs.remarks[0]
    assert theirs.unanswered.at.minute == 1
    assert (theirs.category, theirs.priority, theirs.email) == ("open", "high", "ada@shop.example")


async def test_who_speaks_and_to_whom():
    theirs = await read(
        followup(2, "And today?"),
        followup(1, "Tomorrow.", user=3),
        followup(3, "VIP", user=3, public=False),
        followup(4, "Ticket escalated after 3 days", title="Ticket Escalated"),
        followup(5, ""),
    )
    assert [(each.key, each.role, each.audience) for each in theirs.remarks[1:]] == [
        ("1", "agent", "customer"),
        ("2", "customer", "customer"),
        ("3", "agent", "team"),
    ]
    assert theirs.unanswered.key == "2"


async def test_our_note_is_known_again_and_a_mark_of_others_is_not():
    theirs = await read(
        followup(1, marked("Suggested", OPENING), user=9, public=False),
        followup(2, marked("I am clever", "2")),  # a customer who writes it
    )
    assert theirs.noted == {OPENING}
    assert [each.key for each in theirs.remarks] == [OPENING, "2"]


@pytest.mark.parametrize(
    ("status", "on_hold", "category"), [(2, False, "open"), (1, True, "waiting"), (4, True, "done")]
)
async def test_where_it_stands(status, on_hold, category):
    theirs = await read(status=status, on_hold=on_hold)
    assert theirs.category == category
    assert (theirs.unanswered is None) == (category == "done")


async def test_a_note_is_private_names_no_title_and_has_no_template_in_it():
    client = StubClient(POST=(201, {"user": 9, "id": 4}))
    desk = DjangoHelpdesk(client, "https://help.example", TOKEN)
    assert await desk.note("7", "Hi {{ ticket.secret_key }} {% load x %} {# y #} {{{ z }}}") == Written("9", "4")
    ((_, url, headers, given),) = client.asked
    assert (url, headers["Authorization"]) == ("https://help.example/api/followups/", "Token x")
    assert given.keys() == {"ticket", "comment", "public"}
    assert given["public"] is False
    assert not any(tag in given["comment"] for tag in ("{{", "{%", "{#"))


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b"", "refuses the credentials"),
        (302, b"", "answers 302"),
        (200, b"<html>", "no JSON"),
        (200, {}, "no ticket"),
    ],
)
async def test_what_it_answers_wrongly_is_told_as_a_sentence(status, body, said):
    desk = DjangoHelpdesk(StubClient(GET=(status, body)), "https://help.example", TOKEN)
    with pytest.raises(OutgoingError, match=said):
        await desk.fetch("7")


async def test_what_is_not_there_is_none_and_a_name_that_is_no_number_is_not_asked_for():
    client = StubClient(GET=(404, b""))
    desk = DjangoHelpdesk(client, "https://help.example", TOKEN)
    assert await desk.fetch("7") is None
    assert await desk.fetch("../users") is None
    assert len(client.asked) == 1


async def test_an_account_that_may_not_write_is_told_before_anything_is_kept():
    client = StubClient(GET=(200, {"count": 3}), OPTIONS=(200, {}))
    desk = DjangoHelpdesk(client, "https://help.example", TOKEN)
    with pytest.raises(OutgoingError, match="not write"):
        _ = [step async for step in desk.check()]


@pytest.mark.parametrize(
    ("body", "number"),
    [(b'{"ticket": {"id": 7}}', "7"), (b"", None), (b"[1]", None), (b'{"ticket": {"id": "7"}}', None)],
)
def test_a_hook_says_at_most_which_ticket(body, number):
    assert DjangoHelpdesk.heard({}, body, TOKEN, NOW) == Rung(number)


def test_a_mark_stands_at_the_end():
    assert mark_of(marked("words", "12") + "\n") == "12"
    assert mark_of("[understudy:12] and more") is None
    assert mark_of("words") is None


async def test_a_time_without_a_zone_is_utc_and_what_is_no_ticket_is_told():
    one = {**followup(1, "Where is it?"), "date": "2026-05-01T10:00:00"}
    theirs = await read(one)
    assert theirs.unanswered.at == datetime(2026, 5, 1, 10, tzinfo=UTC)
    client = StubClient(GET=(200, {**ticket(), "submitter_email": 7}))
    with pytest.raises(OutgoingError, match="no ticket"):
        await DjangoHelpdesk(client, "https://help.example", TOKEN).fetch("7")
