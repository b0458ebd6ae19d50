"""Who may call which route: one table, which `permissions` holds the app's routes against.

A scope is what an API key needs, a permission what a person needs who is signed in; the rest says whose token opens the
route, or that nobody needs one. A key opens no route of people, nor a person's cookie one of keys, unless the table
names both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chatbot.service.access.roles import Permission
from chatbot.service.access.scopes import Scope


class Holder(StrEnum):
    """Who needs neither an API key nor to be signed in."""

    EVERYBODY = "everybody"
    VISITOR = "visitor"
    WATCHER = "watcher"
    """Whoever watches the server, by the token in the settings where there is one."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What opens a route of the team: an API key of this scope, a person of this permission, whichever is named.

    ``recent``: a person's password has to have been typed lately. ``passive``: a page asks by itself, which keeps
    nobody signed in.
    """

    key: Scope | None = None
    person: Permission | None = None
    recent: bool = False
    passive: bool = False


_ANSWER = Needs(Scope.AGENT, Permission.ANSWER)
_LEAD = Needs(Scope.AGENT, Permission.LEAD)
_SUGGEST = Needs(Scope.SUGGEST, Permission.SUGGEST)
_KNOW = Needs(Scope.KNOWLEDGE, Permission.KNOWLEDGE)
_TICKETS = Needs(Scope.TICKETS, Permission.ANSWER)
_DESK = Needs(person=Permission.DESK)
_DESK_DANGER = Needs(person=Permission.DESK, recent=True)
_OWN = Needs(person=Permission.OWN)
_OWN_DANGER = Needs(person=Permission.OWN, recent=True)
_PEOPLE = Needs(person=Permission.PEOPLE, recent=True)
_KEYS = Needs(person=Permission.KEYS, recent=True)
_WEBHOOKS = Needs(Scope.ADMIN, Permission.DESK)
_WEBHOOKS_DANGER = Needs(Scope.ADMIN, Permission.DESK, recent=True)
_VISITORS = "/v1/conversations/{conversation_id}"
_TICKET = "/v1/tickets/{conversation_id}"
NEEDED: dict[tuple[str, str], Scope | Holder | Needs] = {
    ("POST", "/v1/conversations"): Holder.EVERYBODY,
    ("GET", "/v1/conversations"): Holder.VISITOR,
    ("POST", "/v1/visitor"): Holder.EVERYBODY,
    ("POST", "/v1/visitor/token"): Holder.VISITOR,
    ("DELETE", "/v1/visitor/token"): Holder.VISITOR,
    ("GET", _VISITORS): Holder.VISITOR,
    ("GET", f"{_VISITORS}/events"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/messages"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/writing"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/messages/{{message_id}}/feedback"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/files"): Holder.VISITOR,
    ("GET", f"{_VISITORS}/files/{{file_id}}"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/handover"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/meanwhile"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/stop"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/rating"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/contact"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/closure"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/reopening"): Holder.VISITOR,
    ("POST", f"{_VISITORS}/claim"): _ANSWER,
    ("POST", f"{_VISITORS}/release"): _ANSWER,
    ("POST", f"{_VISITORS}/replies"): _ANSWER,
    ("DELETE", f"{_VISITORS}/replies/{{message_id}}"): _ANSWER,
    ("GET", f"{_VISITORS}/drafts"): _ANSWER,
    ("PUT", f"{_VISITORS}/drafts/{{kind}}"): _ANSWER,
    ("DELETE", f"{_VISITORS}/mentions"): _ANSWER,
    ("POST", f"{_VISITORS}/doubts"): _ANSWER,
    ("GET", "/v1/colleagues"): _ANSWER,
    ("POST", f"{_VISITORS}/typing"): _ANSWER,
    ("GET", "/v1/queue"): _ANSWER,
    ("GET", "/v1/queue/{conversation_id}"): _ANSWER,
    ("GET", "/v1/queue/{conversation_id}/events"): Needs(Scope.AGENT, Permission.ANSWER, passive=True),
    ("GET", "/v1/queue/{conversation_id}/customer"): _ANSWER,
    ("POST", "/v1/queue/{conversation_id}/viewing"): Needs(Scope.AGENT, Permission.ANSWER, passive=True),
    ("POST", "/v1/queue/{conversation_id}/files"): _ANSWER,
    ("GET", "/v1/files/{file_id}"): _ANSWER,
    ("POST", "/v1/queue/next"): _ANSWER,
    ("GET", "/v1/worklist"): _ANSWER,
    ("POST", "/v1/worklist/acts"): _ANSWER,
    ("GET", "/v1/worklist/views"): _ANSWER,
    ("POST", "/v1/worklist/views"): _ANSWER,
    ("PUT", "/v1/worklist/views/{view_id}"): _ANSWER,
    ("DELETE", "/v1/worklist/views/{view_id}"): _ANSWER,
    ("GET", "/v1/worklist/known"): _ANSWER,
    ("GET", "/v1/teams"): _ANSWER,
    ("POST", "/v1/teams"): _LEAD,
    ("PUT", "/v1/teams/{team_id}"): _LEAD,
    ("DELETE", "/v1/teams/{team_id}"): _LEAD,
    ("GET", "/v1/numbers"): _ANSWER,
    ("GET", "/v1/numbers.csv"): _ANSWER,
    ("GET", "/v1/numbers/{figure}/conversations"): _ANSWER,
    ("GET", "/v1/numbers/judging"): _KNOW,
    ("POST", "/v1/numbers/judging/{message_id}"): _KNOW,
    ("GET", "/v1/desk/hours"): _DESK,
    ("PUT", "/v1/desk/hours"): _DESK,
    ("GET", "/v1/desk/contract"): _DESK,
    ("PUT", "/v1/desk/promise"): _DESK_DANGER,
    ("POST", "/v1/desk/stop"): _DESK,
    ("POST", "/v1/desk/resume"): _DESK_DANGER,
    ("GET", "/v1/desk/models"): _DESK,
    ("PUT", "/v1/desk/versions/{what}"): _DESK_DANGER,
    ("GET", "/v1/inboxes"): _DESK,
    ("POST", "/v1/inboxes"): _DESK,
    ("PUT", "/v1/inboxes/{inbox_id}"): _DESK,
    ("POST", "/v1/inboxes/{inbox_id}/keys"): _DESK_DANGER,
    ("DELETE", "/v1/inboxes/keys/{key_id}"): _DESK_DANGER,
    ("GET", "/v1/desk/reports"): _DESK,
    ("GET", "/v1/desk/reports/{name}"): _DESK,
    ("GET", "/v1/macros"): _ANSWER,
    ("POST", "/v1/macros"): _ANSWER,
    ("PUT", "/v1/macros/{macro_id}"): _ANSWER,
    ("DELETE", "/v1/macros/{macro_id}"): _ANSWER,
    ("POST", "/v1/macros/{macro_id}/uses"): _ANSWER,
    ("GET", f"{_VISITORS}/macros"): _ANSWER,
    ("GET", "/v1/changes"): Needs(Scope.AGENT, Permission.ANSWER, passive=True),
    ("POST", "/v1/presence"): _ANSWER,
    ("GET", "/v1/messages/{message_id}/trace"): _ANSWER,
    ("POST", "/v1/tickets"): _TICKETS,
    ("GET", "/v1/tickets"): _TICKETS,
    ("PUT", "/v1/tickets/by-external/{system}/{external_id:path}"): _TICKETS,
    ("POST", "/v1/tickets/batch"): _TICKETS,
    ("GET", _TICKET): _TICKETS,
    ("PATCH", _TICKET): _TICKETS,
    ("DELETE", _TICKET): Needs(Scope.ADMIN, Permission.ERASE, recent=True),
    ("POST", f"{_TICKET}/messages"): _TICKETS,
    ("POST", f"{_TICKET}/merge"): _TICKETS,
    ("POST", f"{_TICKET}/snooze"): _TICKETS,
    ("POST", f"{_TICKET}/claim"): _TICKETS,
    ("POST", f"{_TICKET}/release"): _TICKETS,
    ("PUT", f"{_TICKET}/draft/{{kind}}"): _TICKETS,
    ("GET", "/v1/desk/statuses"): _TICKETS,
    ("PUT", "/v1/desk/statuses"): _DESK,
    ("POST", "/v1/suggestions"): _SUGGEST,
    ("GET", "/v1/suggestions"): _KNOW,
    ("GET", "/v1/suggestions/pairs.jsonl"): Needs(Scope.KNOWLEDGE, Permission.KNOWLEDGE, recent=True),
    ("GET", "/v1/suggestions/{set_id}"): _KNOW,
    ("POST", "/v1/suggestions/{set_id}/feedback"): _ANSWER,
    ("POST", "/v1/rankings"): _SUGGEST,
    ("POST", "/v1/completions"): _SUGGEST,
    ("POST", "/v1/explanations"): _SUGGEST,
    ("POST", "/v1/summaries"): _SUGGEST,
    ("POST", "/v1/classifications"): _SUGGEST,
    ("POST", "/v1/decisions"): _SUGGEST,
    ("POST", "/v1/chat/completions"): Scope.SUGGEST,
    ("GET", "/v1/models"): Scope.SUGGEST,
    ("GET", "/v1/models/{model}"): Scope.SUGGEST,
    ("GET", "/v1/articles"): _KNOW,
    ("POST", "/v1/articles/preview"): _KNOW,
    ("GET", "/v1/articles/{slug:path}"): _KNOW,
    ("PUT", "/v1/articles/{slug:path}"): _KNOW,
    ("DELETE", "/v1/articles/{slug:path}"): _KNOW,
    ("GET", "/v1/answers"): _KNOW,
    ("GET", "/v1/answers/{answer_id:path}"): _KNOW,
    ("GET", "/v1/topics"): _KNOW,
    ("PUT", "/v1/topics/{topic_id}/name"): _KNOW,
    ("PUT", "/v1/topics/{topic_id}/into"): _KNOW,
    ("DELETE", "/v1/transcripts/{transcript_id:path}"): Needs(Scope.KNOWLEDGE, Permission.ERASE, recent=True),
    ("POST", "/v1/retirements/{passage_id:path}"): _KNOW,
    ("DELETE", "/v1/retirements/{passage_id:path}"): _KNOW,
    ("GET", "/v1/review"): _KNOW,
    ("POST", "/v1/review/{answer_id:path}"): _KNOW,
    ("POST", "/v1/session"): Holder.EVERYBODY,
    ("DELETE", "/v1/session"): _OWN,
    ("POST", "/v1/session/proof"): _OWN,
    ("GET", "/v1/session/ways"): Holder.EVERYBODY,
    ("POST", "/v1/session/provider"): Holder.EVERYBODY,
    ("POST", "/v1/session/provider/answer"): Holder.EVERYBODY,
    ("POST", "/v1/session/passkey/options"): Holder.EVERYBODY,
    ("POST", "/v1/session/passkey"): Holder.EVERYBODY,
    ("POST", "/v1/session/proof/passkey"): _OWN,
    ("POST", "/v1/links/look"): Holder.EVERYBODY,
    ("POST", "/v1/links/accept"): Holder.EVERYBODY,
    ("GET", "/v1/me"): _OWN,
    ("GET", "/v1/me/devices"): _OWN,
    ("DELETE", "/v1/me/devices/{device_id}"): _OWN,
    ("GET", "/v1/me/passkeys"): _OWN,
    ("POST", "/v1/me/passkeys/options"): _OWN_DANGER,
    ("POST", "/v1/me/passkeys"): _OWN_DANGER,
    ("DELETE", "/v1/me/passkeys/{passkey_id}"): _OWN_DANGER,
    ("POST", "/v1/me/totp"): _OWN_DANGER,
    ("POST", "/v1/me/totp/confirmation"): _OWN_DANGER,
    ("DELETE", "/v1/me/totp"): _OWN_DANGER,
    ("DELETE", "/v1/people/{person_id}/totp"): _PEOPLE,
    ("GET", "/v1/people"): Needs(person=Permission.PEOPLE),
    ("POST", "/v1/people"): _PEOPLE,
    ("PUT", "/v1/people/{person_id}/role"): _PEOPLE,
    ("POST", "/v1/people/{person_id}/disable"): _PEOPLE,
    ("POST", "/v1/people/{person_id}/enable"): _PEOPLE,
    ("POST", "/v1/people/{person_id}/link"): _PEOPLE,
    ("GET", "/v1/keys"): Needs(person=Permission.KEYS),
    ("POST", "/v1/keys"): _KEYS,
    ("DELETE", "/v1/keys/{key_id}"): _KEYS,
    ("GET", "/v1/webhooks"): _WEBHOOKS,
    ("POST", "/v1/webhooks"): _WEBHOOKS_DANGER,
    ("GET", "/v1/webhooks/{webhook_id}"): _WEBHOOKS,
    ("PUT", "/v1/webhooks/{webhook_id}"): _WEBHOOKS_DANGER,
    ("DELETE", "/v1/webhooks/{webhook_id}"): _WEBHOOKS_DANGER,
    ("POST", "/v1/webhooks/{webhook_id}/secret"): _WEBHOOKS_DANGER,
    ("POST", "/v1/webhooks/{webhook_id}/test"): _WEBHOOKS,
    ("POST", "/v1/webhooks/{webhook_id}/verification"): _WEBHOOKS,
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): _WEBHOOKS,
    ("POST", "/v1/webhooks/{webhook_id}/deliveries/resend"): _WEBHOOKS,
    ("POST", "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/resend"): _WEBHOOKS,
    ("GET", "/v1/connectors"): _WEBHOOKS,
    ("PATCH", "/v1/connectors/{connector_id}"): _WEBHOOKS_DANGER,
    ("DELETE", "/v1/connectors/{connector_id}"): _WEBHOOKS_DANGER,
    ("GET", "/v1/connectors/{connector_id}/written"): _WEBHOOKS,
    ("HEAD", "/v1/connectors/{connector_id}/hook/{secret}"): Holder.EVERYBODY,
    ("POST", "/v1/connectors/{connector_id}/hook/{secret}"): Holder.EVERYBODY,  # who has the secret
    ("GET", "/v1/audit"): Needs(person=Permission.AUDIT, recent=True),
    ("GET", "/health/live"): Holder.EVERYBODY,
    ("GET", "/health/ready"): Holder.EVERYBODY,
    ("GET", "/metrics"): Holder.WATCHER,
}
