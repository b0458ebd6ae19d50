"""Every route against every kind of caller. A route that is not in the table fails the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from chatbot.api.agent import waiting
from chatbot.api.transport import needs, permissions
from chatbot.api.transport.team import authorised
from chatbot.clock import real_clock
from chatbot.service.access import api_keys, people
from chatbot.service.access.rate_limits import Meter
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope
from chatbot.service.audit import COMMAND_LINE
from chatbot.storage.database import open_database
from chatbot.storage.tables.tickets import TicketRow
from tests.test_api.conftest import join, serving
from tests.test_api.visitor.test_identity import Clock, new_inbox, new_key, sign_in
from tests.test_service.doubles import StandInLoader

ARTICLE = {"title": "Returns", "text": "Send it back."}
NAMES = {
    "{slug}": "returns",
    "{passage_id}": "returns%230",
    "{transcript_id}": "none",
    "{message_id}": "none",
    "{answer_id}": "none",
    "{model}": "understudy",
    "{device_id}": "s_none",
    "{person_id}": "p_none",
    "{key_id}": "k_none",
    "{passkey_id}": "none",
    "{view_id}": "none",
    "{team_id}": "none",
    "{set_id}": "none",
    "{topic_id}": "t1",
    "{kind}": "reply",
    "{what}": "model",
    "{inbox_id}": "none",
    "{name}": "none",
    "{figure}": "reply",
    "{file_id}": "none",
    "{system}": "zendesk",
    "{external_id}": "4711",
    "{webhook_id}": "none",
    "{connector_id}": "none",
    "{secret}": "wrong",
    "{delivery_id}": "none",
}
REPLY = {"agent": "Mira", "visible_to": "customer", "client_id": "r", "text": "hi"}
DRAFT = {"agent": "Mira", "client_id": "d", "text": "h", "rev": 1}
TICKET_NOTE = {"agent": "Mira", "client_id": "t", "text": "hi", "audience": "team"}
STATUSES = [{"name": name, "category": name} for name in ("open", "waiting", "done")]
ASK = {"messages": [{"role": "customer", "text": "hello"}]}
CHAT = {"messages": [{"role": "user", "content": "hi"}]}
CALLERS = (
    "nobody",
    "the visitor",
    "another visitor",
    "a visitor whose token has ended",
    "a verified visitor",
    "a verified visitor of another inbox",
    "an API key",
    "a revoked API key",
    *(f"an API key for {scope}" for scope in Scope),
    *(f"a signed-in {role}" for role in Role),
    "a disabled agent",
    "an admin who typed the password long ago",
    "an admin from another site",
)
# What each of them gets; None is what the route answers when all is well.
KEYS, PEOPLE = len(Scope), len(Role) + 3
TEAM = 2 + KEYS + PEOPLE
EVERYBODY = (None,) * len(CALLERS)
ITS_VISITOR = (401, None, 404, 401, 404, 404, *(404,) * (2 + KEYS), *(401,) * PEOPLE)
ANY_VISITOR = (401, None, None, 401, None, None, *(401,) * TEAM)
UNVERIFIED = (401, None, None, None, *(401,) * (2 + TEAM))  # also after the end: it is how a token is renewed
WHOEVER_STARTS = (None, None, None, 401, *(None,) * (2 + TEAM))
A_PROOF = (401,) * len(CALLERS)  # what is sent here proves nothing
FROM_OUR_PAGES = (*EVERYBODY[:-1], 403)


def key_for(scope):
    """A key for everything, as all of them were once, and the one for this scope."""
    return (*(401,) * 6, None, 401, *(None if each is scope else 403 for each in Scope))


def person_of(*roles, recent=False, changes=True):
    """People of these roles, among them an admin; who is known by a cookie changes nothing from another site."""
    ranks = (None if role in roles else 403 for role in Role)
    return (*ranks, 401, 403 if recent else None, 403 if changes else None)


NO_PERSON, NO_KEY = (401,) * PEOPLE, (401,) * (8 + KEYS)
SUGGEST_BY_KEY = (*key_for(Scope.SUGGEST), *NO_PERSON)
SUGGEST = (*key_for(Scope.SUGGEST), *person_of(*Role))
AGENT, AGENT_READS = ((*key_for(Scope.AGENT), *person_of(*Role, changes=changes)) for changes in (True, False))
KNOWLEDGE, KNOWLEDGE_READS = (
    (*key_for(Scope.KNOWLEDGE), *person_of(Role.LEAD, Role.ADMIN, changes=changes)) for changes in (True, False)
)
EXPORT = (*key_for(Scope.KNOWLEDGE), *person_of(Role.LEAD, Role.ADMIN, recent=True, changes=False))
LEAD = (*key_for(Scope.AGENT), *person_of(Role.LEAD, Role.ADMIN))
ERASE_TICKET = (*key_for(Scope.ADMIN), *person_of(Role.ADMIN, recent=True))
ERASE = (*key_for(Scope.KNOWLEDGE), *person_of(Role.ADMIN, recent=True))
TICKETS, TICKET_READS = ((*key_for(Scope.TICKETS), *person_of(*Role, changes=changes)) for changes in (True, False))
OWN, OWN_READS = ((*NO_KEY, *person_of(*Role, changes=changes)) for changes in (True, False))
OWN_DANGER = (*NO_KEY, *person_of(*Role, recent=True))
DESK, DESK_READS, DESK_DANGER = (
    (*NO_KEY, *person_of(Role.LEAD, Role.ADMIN, recent=recent, changes=changes))
    for recent, changes in ((False, True), (False, False), (True, True))
)
ADMIN, ADMIN_READS = ((*NO_KEY, *person_of(Role.ADMIN, recent=changes, changes=changes)) for changes in (True, False))
WEBHOOKS, WEBHOOKS_READ, WEBHOOKS_DANGER = (
    (*key_for(Scope.ADMIN), *person_of(Role.LEAD, Role.ADMIN, recent=recent, changes=changes))
    for recent, changes in ((False, True), (False, False), (True, True))
)
WEBHOOK = "/v1/webhooks/{webhook_id}"
PROOF = {"headers": {}, "body": ""}
AUDIT = (*NO_KEY, *person_of(Role.ADMIN, recent=True, changes=False))
SIGN_IN = {"email": "nobody@shop.example", "password": "wrong wrong wrong"}
# For each route: a body, who may, and what he gets. In the order in which they are tried.
ROUTES = {
    ("POST", "/v1/conversations"): (None, WHOEVER_STARTS, 201),
    ("GET", "/v1/conversations"): (None, ANY_VISITOR, 200),
    ("POST", "/v1/visitor"): ({"token": "x"}, A_PROOF, 401),
    ("POST", "/v1/visitor/token"): (None, UNVERIFIED, 200),
    ("GET", "/v1/conversations/{id}"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/messages"): ({"client_id": "a", "text": "hi"}, ITS_VISITOR, 201),
    ("POST", "/v1/conversations/{id}/writing"): ({"on": True}, ITS_VISITOR, 204),
    ("GET", "/v1/conversations/{id}/events"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/files"): (None, ITS_VISITOR, 422),
    ("GET", "/v1/conversations/{id}/files/{file_id}"): (None, ITS_VISITOR, 404),
    ("POST", "/v1/queue/{id}/files"): (None, AGENT, 422),
    ("GET", "/v1/files/{file_id}"): (None, AGENT_READS, 404),
    ("POST", "/v1/conversations/{id}/handover"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/meanwhile"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/stop"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/messages/{message_id}/feedback"): ({"value": 1}, ITS_VISITOR, 404),
    ("POST", "/v1/conversations/{id}/rating"): ({"score": 5}, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/contact"): ({"email": "a@b.example"}, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/claim"): ({"agent": "Mira"}, AGENT, 200),
    ("POST", "/v1/conversations/{id}/replies"): (REPLY, AGENT, 201),
    ("DELETE", "/v1/conversations/{id}/replies/{message_id}"): ({"agent": "Mira"}, AGENT, 409),
    ("GET", "/v1/conversations/{id}/drafts"): ({"agent": "Mira"}, AGENT_READS, 200),
    ("PUT", "/v1/conversations/{id}/drafts/{kind}"): (DRAFT, AGENT, 200),
    ("DELETE", "/v1/conversations/{id}/mentions"): ({"agent": "Mira"}, AGENT, 204),
    ("POST", "/v1/conversations/{id}/doubts"): ({"text": "within 40 days"}, AGENT, 200),
    ("GET", "/v1/colleagues"): (None, AGENT_READS, 200),
    ("POST", "/v1/conversations/{id}/typing"): ({"agent": "Mira"}, AGENT, 204),
    ("POST", "/v1/tickets"): ({"subject": "Late"}, TICKETS, 201),
    ("GET", "/v1/tickets"): (None, TICKET_READS, 200),
    ("PUT", "/v1/tickets/by-external/{system}/{external_id}"): ({"subject": "Late"}, TICKETS, 201),
    ("POST", "/v1/tickets/batch"): ({"ids": ["none"], "change": {"priority": "low"}}, TICKETS, 200),
    ("GET", "/v1/tickets/{id}"): (None, TICKET_READS, 200),
    ("PATCH", "/v1/tickets/{id}"): ({"priority": "low"}, TICKETS, 200),
    ("POST", "/v1/tickets/{id}/messages"): (TICKET_NOTE, TICKETS, 201),
    ("POST", "/v1/tickets/{id}/merge"): ({"into": "none"}, TICKETS, 404),
    ("POST", "/v1/tickets/{id}/snooze"): ({"until": None}, TICKETS, 200),
    ("POST", "/v1/tickets/{id}/claim"): ({"agent": "Mira"}, TICKETS, 200),
    ("PUT", "/v1/tickets/{id}/draft/{kind}"): ({**DRAFT, "client_id": "e"}, TICKETS, 200),
    ("GET", "/v1/desk/statuses"): (None, TICKET_READS, 200),
    ("PUT", "/v1/desk/statuses"): ({"statuses": STATUSES}, DESK, 200),
    ("POST", "/v1/conversations/{id}/release"): ({"agent": "Mira"}, AGENT, 200),
    ("POST", "/v1/tickets/{id}/release"): ({"agent": "Mira"}, TICKETS, 409),
    ("GET", "/v1/review"): (None, KNOWLEDGE_READS, 200),
    ("GET", "/v1/worklist"): (None, AGENT_READS, 200),
    ("GET", "/v1/worklist/views"): (None, AGENT_READS, 200),
    ("POST", "/v1/worklist/views"): ({"agent": "Mira", "name": "Late", "q": "tag:late"}, AGENT, 201),
    ("PUT", "/v1/worklist/views/{view_id}"): ({"agent": "Mira", "name": "Later", "q": "tag:late"}, AGENT, 404),
    ("DELETE", "/v1/worklist/views/{view_id}"): (None, AGENT, 404),
    ("GET", "/v1/worklist/known"): (None, AGENT_READS, 200),
    ("GET", "/v1/teams"): (None, AGENT_READS, 200),
    ("POST", "/v1/teams"): ({"name": "Returns"}, LEAD, 201),
    ("PUT", "/v1/teams/{team_id}"): ({"name": "Parcels", "members": []}, LEAD, 404),
    ("DELETE", "/v1/teams/{team_id}"): (None, LEAD, 404),
    ("GET", "/v1/desk/hours"): (None, DESK_READS, 200),
    ("PUT", "/v1/desk/hours"): ({"hours": "Mon 09:00-17:00 UTC"}, DESK, 200),
    ("GET", "/v1/desk/contract"): (None, DESK_READS, 200),
    ("PUT", "/v1/desk/promise"): ({"promise": {"risk": 0.1, "sure": 0.9}}, DESK_DANGER, 200),
    ("POST", "/v1/desk/stop"): ({"why": "look"}, DESK, 200),
    ("POST", "/v1/desk/resume"): (None, DESK_DANGER, 200),
    ("GET", "/v1/desk/models"): (None, DESK_READS, 200),
    ("PUT", "/v1/desk/versions/{what}"): ({"version": "none", "over": None}, DESK_DANGER, 404),
    ("GET", "/v1/inboxes"): (None, DESK_READS, 200),
    ("POST", "/v1/inboxes"): ({"name": "Shop"}, DESK, 201),
    ("PUT", "/v1/inboxes/{inbox_id}"): ({"name": "Shop"}, DESK, 404),
    ("POST", "/v1/inboxes/{inbox_id}/keys"): ({"algorithm": "HS256"}, DESK_DANGER, 404),
    ("DELETE", "/v1/inboxes/keys/{key_id}"): (None, DESK_DANGER, 404),
    ("GET", "/v1/desk/reports"): (None, DESK_READS, 200),
    ("GET", "/v1/desk/reports/{name}"): (None, DESK_READS, 404),
    ("GET", "/v1/macros"): (None, AGENT_READS, 200),
    ("POST", "/v1/macros"): ({"name": "Greeting", "text": "Hello"}, LEAD, 201),
    ("PUT", "/v1/macros/{macro_id}"): ({"name": "Goodbye", "text": "Bye"}, AGENT, 404),
    ("DELETE", "/v1/macros/{macro_id}"): (None, AGENT, 404),
    ("POST", "/v1/macros/{macro_id}/uses"): (None, AGENT, 404),
    ("GET", "/v1/conversations/{id}/macros"): ({"agent": "Mira"}, AGENT_READS, 200),
    ("POST", "/v1/worklist/acts"): ({"agent": "Mira", "do": "claim", "ids": ["none"]}, AGENT, 200),
    ("POST", "/v1/queue/next"): ({"agent": "Mira"}, AGENT, 200),
    ("GET", "/v1/numbers"): (None, AGENT_READS, 200),
    ("GET", "/v1/numbers.csv"): (None, AGENT_READS, 200),
    ("GET", "/v1/numbers/{figure}/conversations"): (None, AGENT_READS, 200),
    ("GET", "/v1/numbers/judging"): (None, KNOWLEDGE_READS, 200),
    ("POST", "/v1/numbers/judging/{message_id}"): ({"agent": "Mira", "said": "good"}, KNOWLEDGE, 404),
    ("GET", "/v1/changes"): (None, AGENT_READS, 200),
    ("POST", "/v1/review/{answer_id}"): ({"decision": "approve"}, KNOWLEDGE, 404),
    ("GET", "/v1/queue"): (None, AGENT_READS, 200),
    ("GET", "/v1/queue/{id}"): (None, AGENT_READS, 200),
    ("GET", "/v1/queue/{id}/events"): (None, AGENT_READS, 200),
    ("GET", "/v1/queue/{id}/customer"): (None, AGENT_READS, 200),
    ("POST", "/v1/queue/{id}/viewing"): ({"agent": "Mira"}, AGENT, 204),
    ("POST", "/v1/presence"): ({"agent": "Mira"}, AGENT, 200),
    ("POST", "/v1/conversations/{id}/closure"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/conversations/{id}/reopening"): (None, ITS_VISITOR, 200),
    ("POST", "/v1/suggestions"): (ASK, SUGGEST, 200),
    ("GET", "/v1/suggestions"): (None, KNOWLEDGE_READS, 200),
    ("GET", "/v1/suggestions/pairs.jsonl"): (None, EXPORT, 200),
    ("GET", "/v1/suggestions/{set_id}"): (None, KNOWLEDGE_READS, 404),
    ("POST", "/v1/suggestions/{set_id}/feedback"): ({"agent": "Mira", "events": [{"kind": "shown"}]}, AGENT, 404),
    ("POST", "/v1/summaries"): ({**ASK, "for": "list"}, SUGGEST, 200),
    ("POST", "/v1/classifications"): ({**ASK, "into": "language"}, SUGGEST, 200),
    ("POST", "/v1/decisions"): (ASK, SUGGEST, 200),
    ("POST", "/v1/rankings"): ({**ASK, "candidates": ["a"]}, SUGGEST, 200),
    ("POST", "/v1/completions"): ({**ASK, "draft": "a"}, SUGGEST, 200),
    ("POST", "/v1/chat/completions"): (CHAT, SUGGEST_BY_KEY, 200),
    ("GET", "/v1/models"): (None, SUGGEST_BY_KEY, 200),
    ("GET", "/v1/models/{model}"): (None, SUGGEST_BY_KEY, 200),
    ("POST", "/v1/explanations"): (ASK, SUGGEST, 200),
    ("GET", "/v1/messages/{message_id}/trace"): (None, AGENT_READS, 404),
    ("PUT", "/v1/articles/{slug}"): (ARTICLE, KNOWLEDGE, 201),
    ("GET", "/v1/articles"): (None, KNOWLEDGE_READS, 200),
    ("GET", "/v1/articles/{slug}"): (None, KNOWLEDGE_READS, 200),
    ("POST", "/v1/articles/preview"): ({"text": "Send it **back**."}, KNOWLEDGE, 200),
    ("GET", "/v1/answers"): (None, KNOWLEDGE_READS, 503),
    ("GET", "/v1/answers/{answer_id}"): (None, KNOWLEDGE_READS, 404),
    ("GET", "/v1/topics"): (None, KNOWLEDGE_READS, 200),
    ("PUT", "/v1/topics/{topic_id}/name"): ({"name": "Returns"}, KNOWLEDGE, 404),
    ("PUT", "/v1/topics/{topic_id}/into"): ({"topic": "t2"}, KNOWLEDGE, 404),
    ("POST", "/v1/retirements/{passage_id}"): ({"reason": "old"}, KNOWLEDGE, 201),
    ("DELETE", "/v1/retirements/{passage_id}"): (None, KNOWLEDGE, 200),
    ("DELETE", "/v1/articles/{slug}"): (None, KNOWLEDGE, 200),
    ("DELETE", "/v1/transcripts/{transcript_id}"): (None, ERASE, 404),
    ("DELETE", "/v1/visitor/token"): (None, ANY_VISITOR, 204),
    ("POST", "/v1/session"): (SIGN_IN, FROM_OUR_PAGES, 401),
    ("POST", "/v1/links/look"): ({"token": "usl_x"}, EVERYBODY, 404),
    ("POST", "/v1/links/accept"): ({"token": "usl_x", "password": "x"}, FROM_OUR_PAGES, 404),
    ("GET", "/v1/me"): (None, OWN_READS, 200),
    ("GET", "/v1/me/devices"): (None, OWN_READS, 200),
    ("DELETE", "/v1/me/devices/{device_id}"): (None, OWN, 404),
    ("GET", "/v1/people"): (None, ADMIN_READS, 200),
    ("POST", "/v1/people"): ({"email": "new@shop.example", "name": "New"}, ADMIN, 201),
    ("PUT", "/v1/people/{person_id}/role"): ({"role": "lead"}, ADMIN, 404),
    ("POST", "/v1/people/{person_id}/disable"): (None, ADMIN, 404),
    ("POST", "/v1/people/{person_id}/enable"): (None, ADMIN, 404),
    ("POST", "/v1/people/{person_id}/link"): (None, ADMIN, 404),
    ("GET", "/v1/keys"): (None, ADMIN_READS, 200),
    ("POST", "/v1/keys"): ({"name": "k", "scopes": ["suggest"]}, ADMIN, 201),
    ("DELETE", "/v1/keys/{key_id}"): (None, ADMIN, 404),
    ("GET", "/v1/webhooks"): (None, WEBHOOKS_READ, 200),
    ("POST", "/v1/webhooks"): ({"url": "https://crm.example/hook"}, WEBHOOKS_DANGER, 201),
    ("GET", WEBHOOK): (None, WEBHOOKS_READ, 404),
    ("PUT", WEBHOOK): ({"on": False}, WEBHOOKS_DANGER, 404),
    ("DELETE", WEBHOOK): (None, WEBHOOKS_DANGER, 404),
    ("POST", f"{WEBHOOK}/secret"): ({}, WEBHOOKS_DANGER, 404),
    ("POST", f"{WEBHOOK}/test"): (None, WEBHOOKS, 404),
    ("POST", f"{WEBHOOK}/verification"): (PROOF, WEBHOOKS, 404),
    ("GET", f"{WEBHOOK}/deliveries"): (None, WEBHOOKS_READ, 404),
    ("POST", f"{WEBHOOK}/deliveries/resend"): ({"since": "2026-03-02T09:30:00Z"}, WEBHOOKS, 404),
    ("POST", f"{WEBHOOK}/deliveries/{{delivery_id}}/resend"): (None, WEBHOOKS, 404),
    ("GET", "/v1/connectors"): (None, WEBHOOKS_READ, 200),
    ("PATCH", "/v1/connectors/{connector_id}"): ({"level": "shadow"}, WEBHOOKS_DANGER, 404),
    ("DELETE", "/v1/connectors/{connector_id}"): (None, WEBHOOKS_DANGER, 404),
    ("GET", "/v1/connectors/{connector_id}/written"): (None, WEBHOOKS_READ, 404),
    ("HEAD", "/v1/connectors/{connector_id}/hook/{secret}"): (None, EVERYBODY, 200),
    ("POST", "/v1/connectors/{connector_id}/hook/{secret}"): (None, EVERYBODY, 404),
    ("GET", "/v1/audit"): (None, AUDIT, 200),
    ("POST", "/v1/me/totp"): (None, OWN_DANGER, 200),
    ("POST", "/v1/me/totp/confirmation"): ({"code": "none"}, OWN_DANGER, 422),
    ("DELETE", "/v1/me/totp"): (None, OWN_DANGER, 204),
    ("DELETE", "/v1/people/{person_id}/totp"): (None, ADMIN, 404),
    ("POST", "/v1/session/proof"): ({"password": "wrong wrong wrong"}, OWN, 401),
    ("GET", "/v1/session/ways"): (None, EVERYBODY, 200),
    ("POST", "/v1/session/provider"): ({}, FROM_OUR_PAGES, 404),
    ("POST", "/v1/session/provider/answer"): ({"code": "x", "state": "x"}, FROM_OUR_PAGES, 404),
    ("POST", "/v1/session/passkey/options"): (None, FROM_OUR_PAGES, 200),
    ("POST", "/v1/session/passkey"): ({"passkey": {}}, FROM_OUR_PAGES, 401),
    ("POST", "/v1/session/proof/passkey"): ({"passkey": {}}, OWN, 401),
    ("GET", "/v1/me/passkeys"): (None, OWN_READS, 200),
    ("POST", "/v1/me/passkeys/options"): (None, OWN_DANGER, 200),
    ("POST", "/v1/me/passkeys"): ({"passkey": {}}, OWN_DANGER, 422),
    ("DELETE", "/v1/me/passkeys/{passkey_id}"): (None, OWN_DANGER, 404),
    ("DELETE", "/v1/tickets/{id}"): (None, ERASE_TICKET, 204),  # the last that needs it
    ("DELETE", "/v1/session"): (None, OWN, 204),
    ("GET", "/health/live"): (None, EVERYBODY, 200),
    ("GET", "/health/ready"): (None, EVERYBODY, 200),
    ("GET", "/metrics"): (None, EVERYBODY, 200),
}
WHY = {"an admin from another site": "cross_site", "an admin who typed the password long ago": "password_needed"}
"""Why these people are refused what others of their role may."""
AGAIN = {
    ("DELETE", "/v1/tickets/{id}"): 404,
    ("POST", "/v1/conversations/{id}/replies"): 200,
    ("POST", "/v1/conversations/{id}/release"): 409,
    ("POST", "/v1/tickets/{id}/messages"): 200,
    ("PUT", "/v1/tickets/by-external/{system}/{external_id}"): 200,
    ("POST", "/v1/worklist/views"): 409,
    ("POST", "/v1/teams"): 409,
    ("POST", "/v1/macros"): 409,
    ("PUT", "/v1/articles/{slug}"): 200,
    ("POST", "/v1/retirements/{passage_id}"): 200,
    ("DELETE", "/v1/retirements/{passage_id}"): 404,
    ("DELETE", "/v1/articles/{slug}"): 404,
}
"""What the second caller gets who may, where the first has done it."""
PAGES = {
    "/openapi.json",
    "/",
    "/widget/{name}.js",
    "/widget/{name}.css",
    "/console/{name}.js",
    "/console/{name}.css",
    "/widget",
    "/frame/{inbox_id}",
    "/files/{file_id}/{size}",
    "/docs",
    "/demo",
    "/demo/articles",
    "/console",
    "/gallery",
    "/shared",
}
"""What is for everybody and not described: files, and the description itself."""


@pytest.fixture
def settings(settings, database_url):
    return settings.model_copy(update={"stream_seconds": 0.05, "database_url": database_url})


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def desk(settings, clock):
    async with serving(settings, StandInLoader(), replace(real_clock(), now=clock.now)) as running:
        yield running


@pytest.fixture
async def callers(desk, clock):
    """The visitor's conversation, and the headers by which each caller is known."""
    old = await desk.start()
    clock.late = timedelta(days=2)
    mine, other = await desk.start(), await desk.start()
    inbox = await new_inbox(desk)
    verified = await sign_in(desk, await new_key(desk))
    elsewhere = await sign_in(desk, await new_key(desk, inbox), inbox)
    database = desk.app.state.running.database
    revoked, key = await api_keys.create(database, "old desk"), await api_keys.create(database, "help desk")
    await api_keys.revoke(database, (await api_keys.list_all(database))[0].id)
    narrow = [await api_keys.create(database, f"for {scope}", scopes=[scope]) for scope in Scope]
    async with database.write() as session:  # a key for tickets reaches no chats
        session.add(TicketRow(conversation_id=mine.id, channel="mail", fields={}))
    visitors = (mine.token, other.token, old.token, verified["token"], elsewhere["token"])
    tokens = (None, *visitors, key, revoked, *narrow)
    bearers = [{"Authorization": f"Bearer {token}"} if token else {} for token in tokens]
    return mine, dict(zip(CALLERS, [*bearers, *await signed_in(desk, clock)], strict=True))


async def signed_in(desk, clock):
    """What the browsers of the desk's people send, in the order of the callers."""
    running = desk.app.state.running
    running.limits._accounts = Meter(None)  # the table tries more than anybody may
    admin = await join(desk, "Ada", Role.ADMIN)
    clock.late += timedelta(minutes=11)
    people_in = [await join(desk, f"a {role}", role) for role in Role]
    disabled = await join(desk, "Dan")
    async with running.database.write() as session:
        dan = await people.find(session, "dan@shop.example")
        await people.disable(session, running.clock, COMMAND_LINE, dan.id)
    here = desk.url.replace("127.0.0.1", "localhost")
    foreign = {**await join(desk, "Fay", Role.ADMIN), "Sec-Fetch-Site": "cross-site", "Origin": here}
    return [*people_in, disabled, admin, foreign]


async def test_every_route_and_caller(desk, callers):
    mine, headers = callers
    wrong, here = {}, desk.url.replace("http://127.0.0.1", "localhost")  # a name: passkeys are for nothing else
    for (method, path), (body, may, well) in ROUTES.items():
        for caller, refused in zip(CALLERS, may, strict=True):
            by_cookie = "Cookie" in headers[caller]
            url = path.replace("{id}", mine.id)
            for name, value in NAMES.items():
                url = url.replace(name, value)
            said = {name: value for name, value in body.items() if name != "agent"} if body and by_cookie else body
            given = {"params": said} if method in {"GET", "DELETE"} else {"json": said}
            sent = {"Host": here, **headers[caller]}
            answer = await desk.client.request(method, url, **given, headers=sent)
            let_in = {well, 409} if by_cookie else {well}  # Mira has the conversation, who came by a key
            if answer.status_code not in ({refused} if refused else let_in):
                wrong[method, path, caller] = answer.status_code, answer.text
            if answer.status_code == well:
                well = AGAIN.get((method, path), well)  # noqa: PLW2901
            if answer.status_code == 403:
                assert answer.json()["code"] == WHY.get(caller, "permission_missing" if by_cookie else "scope_missing")
                scopes = [each for each, one in zip(Scope, may[8 : 8 + KEYS], strict=True) if one is None]
                assert by_cookie or f"`{scopes[0]}`" in answer.json()["detail"]
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
    assert wrong == {}


async def test_no_route_is_left_out(desk):
    found, pages = set(), set()
    for route in walk(desk.app.routes):
        path = route.path.replace("{conversation_id}", "{id}").replace(":path}", "}")
        if isinstance(route, APIRoute) and path.startswith(("/v1/", "/health/", "/metrics")):
            found |= {(method, path) for method in route.methods}
        else:
            pages.add(path)
    assert found == set(ROUTES)
    assert pages <= PAGES
    spec = (await desk.client.get("/openapi.json")).json()
    described = {
        (m.upper(), path.replace("conversation_id", "id")) for path, item in spec["paths"].items() for m in item
    }
    assert described == set(ROUTES)


def walk(routes):
    """Every route, those of included routers as well."""
    for route in routes:
        if isinstance(route, APIRoute) or not hasattr(route, "original_router"):
            yield route
        else:
            yield from walk(route.original_router.routes)


async def test_a_route_that_is_not_declared_lets_no_server_start(desk, monkeypatch):
    app = FastAPI()
    app.include_router(waiting.router)
    monkeypatch.setattr(permissions, "NEEDED", {("GET", "/v1/queue"): Scope.AGENT})
    with pytest.raises(permissions.UndeclaredError, match="POST /v1/presence"):
        permissions.install(app, authorised)
    open_to_all = {(m, r.path): needs.Holder.EVERYBODY for r in waiting.router.routes for m in r.methods}
    monkeypatch.setattr(permissions, "NEEDED", open_to_all)  # declared, but it asks for a key
    with pytest.raises(permissions.UndeclaredError, match="GET /v1/queue"):
        permissions.install(app, authorised)


async def test_the_description_names_the_scope_of_every_route(desk):
    spec = (await desk.client.get("/openapi.json")).json()
    for (method, path), (_, may, _) in ROUTES.items():
        operation = spec["paths"][path.replace("{id}", "{conversation_id}")][method.lower()]
        by_scope = may[8 : 8 + KEYS]
        scopes = [str(each) for each, one in zip(Scope, by_scope, strict=True) if one is None and 403 in by_scope]
        signed_in = [each["Signed in"] for each in operation.get("security", []) if "Signed in" in each]
        assert bool(signed_in) == (may[-PEOPLE:][:4] != NO_PERSON[:4] and 401 in may[-PEOPLE:])
        assert not signed_in or f"`{signed_in[0][0]}`" in operation["description"]
        assert [each.get("API key") for each in operation.get("security", []) if "API key" in each] == (
            [scopes] if scopes else []
        )
        assert not scopes or ("403" in operation["responses"] and f"`{scopes[0]}`" in operation["description"])


_ALL_OF_A_DESK = (Scope.AGENT, Scope.KNOWLEDGE, Scope.TICKETS)


async def test_a_key_with_an_agent_acts_for_nobody_else(desk):
    """Every route whose body names an agent, whoever adds one."""
    database = desk.app.state.running.database
    key = await api_keys.create(database, "Mira's console", scopes=[*_ALL_OF_A_DESK], agent="Mira")
    headers = {"Authorization": f"Bearer {key}"}
    spec = (await desk.client.get("/openapi.json")).json()
    shapes = spec["components"]["schemas"]
    tried = []
    for (method, path), (body, who, well) in ROUTES.items():
        described = spec["paths"][path.replace("{id}", "{conversation_id}")][method.lower()]
        given = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        fields = shapes.get(given.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        named = {"agent", "author", "by"}.intersection(fields)
        if not named or "API key" not in {way for each in described.get("security", []) for way in each}:
            continue
        visitor = await desk.start()
        url = path.replace("{id}", visitor.id)
        for name, value in NAMES.items():
            url = url.replace(name, value)
        tried.append(url)
        claim = f"/v1/conversations/{visitor.id}/claim"
        assert (await desk.client.post(claim, json={"agent": "Mira"}, headers=headers)).status_code == 200
        for name in ("Jon", "mira", "Mira "):
            refused = await desk.client.request(
                method, url, json={**body, **dict.fromkeys(named, name)}, headers=headers
            )
            assert (refused.status_code, refused.json()["code"]) == (403, "other_agent"), (url, name)
        allowed = await desk.client.request(method, url, json={**body, **dict.fromkeys(named, "Mira")}, headers=headers)
        well = 200 if path.endswith("/release") else well  # noqa: PLW2901 - here somebody has it
        assert allowed.status_code == (403 if who is LEAD else well)  # such a key leads nobody
    assert len(tried) >= 5


async def test_a_random_id_and_a_foreign_one_look_the_same(desk):
    mine, other = await desk.start(), await desk.start()
    headers = {"Authorization": f"Bearer {other.token}"}
    foreign = await desk.client.get(f"/v1/conversations/{mine.id}", headers=headers)
    unknown = await desk.client.get("/v1/conversations/c_00000000000000000000000000000000", headers=headers)
    assert foreign.json() == unknown.json()


async def test_a_revoked_or_made_up_key_opens_nothing(desk, settings):
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")
        (listed,) = await api_keys.list_all(database)
        await api_keys.revoke(database, listed.id)
    for token in (key, "us_made_up", "us_", "usv_"):
        answer = await desk.client.post("/v1/suggestions", json=ASK, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_only_hashes_are_stored(desk, settings, all_that_is_stored):
    visitor = await desk.start()
    async with open_database(settings.database()) as database:
        key = await api_keys.create(database, "help desk")
    await visitor.post("/rating", {"score": 3}, **{"Idempotency-Key": "k"})
    await desk.client.post("/v1/conversations", headers={"Idempotency-Key": "k" * 32})
    await desk.stop()
    stored = all_that_is_stored()
    assert visitor.id.encode() in stored
    assert visitor.token.encode() not in stored
    assert b"usv_" not in stored
    assert key[8:].encode() not in stored
