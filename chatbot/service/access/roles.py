"""What the desk's people may do: roles as sets of permissions, in one table.

Which route needs which permission stands in ``api/transport/needs.py``.
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """One kind of work. None includes another."""

    OWN = "own"
    ANSWER = "answer"
    SUGGEST = "suggest"
    LEAD = "lead"
    NUMBERS = "numbers"
    KNOWLEDGE = "knowledge"
    DESK = "desk"
    ERASE = "erase"
    PEOPLE = "people"
    KEYS = "keys"
    AUDIT = "audit"


class Role(StrEnum):
    """What somebody is at the desk."""

    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


MEANING = {
    Permission.OWN: "one's own account: where one is signed in",
    Permission.ANSWER: "read what customers write and answer them",
    Permission.SUGGEST: "ask for replies, rankings, completions and explanations",
    Permission.LEAD: "make teams and the desk's macros, and give anybody's conversations to others",
    Permission.NUMBERS: "see everybody's figures, not one's own alone",
    Permission.KNOWLEDGE: "change what the desk knows: articles, topics, what is out of use or approved",
    Permission.DESK: "change hours, inboxes, webhooks, what is promised and which version serves; read reports",
    Permission.ERASE: "delete past conversations",
    Permission.PEOPLE: "invite people, change roles, disable",
    Permission.KEYS: "make and revoke API keys",
    Permission.AUDIT: "read the audit log",
}
_AGENT = frozenset({Permission.OWN, Permission.ANSWER, Permission.SUGGEST})
_LEAD = _AGENT | {Permission.LEAD, Permission.NUMBERS, Permission.KNOWLEDGE, Permission.DESK}
ROLES: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.LEAD: _LEAD,
    Role.ADMIN: _LEAD | {Permission.ERASE, Permission.PEOPLE, Permission.KEYS, Permission.AUDIT},
}
