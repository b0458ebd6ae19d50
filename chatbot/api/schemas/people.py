"""The shapes of requests about the desk's people, their sign-ins, keys and the audit log, with an example each."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from chatbot.api.schemas.fields import RequestBody, Words, example
from chatbot.service.access.roles import Role
from chatbot.service.access.scopes import Scope

_PERSON = {
    "id": "p_5f0c9a7e3b2d4c61a8e9f00112233445",
    "name": "Mira",
    "email": "mira@shop.example",
    "role": "agent",
    "state": "active",
    "created_at": "2026-03-02T09:30:00+00:00",
    "second_factor": False,
}
_LINK = "https://help.shop.example/console/#link=usl_2kZ0cX0mZb1sQ2r3t4u5v6w7x8y9z0A1B2C3D4E5F6G"
Email = Annotated[Words, Field(max_length=254)]
Name = Annotated[Words, Field(max_length=100)]
Password = Annotated[Words, Field(max_length=4000)]
Code = Annotated[Words, Field(max_length=40)]
Token = Annotated[Words, Field(max_length=200)]


class SignInRequest(RequestBody):
    """Who signs in."""

    model_config = example({"email": "mira@shop.example", "password": "correct horse battery"})

    email: Email
    password: Password
    code: Code | None = Field(default=None, description="Of the second factor, for who has one; or a recovery code.")


class ProofRequest(RequestBody):
    """The password again, for what is dangerous."""

    model_config = example({"password": "correct horse battery"})

    password: Password


class LinkRequest(RequestBody):
    """A link that was handed over: what stands behind `#link=`."""

    model_config = example({"token": _LINK.partition("=")[2]})

    token: Token


class AcceptRequest(LinkRequest):
    """The password that a link sets. Name and address are for the link that makes the first admin, and for it alone."""

    model_config = example({"token": _LINK.partition("=")[2], "password": "correct horse battery"})

    password: Password | None = Field(default=None, description="Every link needs one but `demo`.")
    name: Name | None = None
    email: Email | None = None
    code: Code | None = None


class LinkGiven(BaseModel):
    """What a link is for, and whose; a first link is nobody's yet."""

    kind: str = Field(description="`first`, `invitation`, `reset`, or `demo`, which signs in at once.")
    name: str | None
    email: str | None
    made_by: str | None
    expires_at: str


class PersonGiven(BaseModel):
    """Somebody at the desk."""

    model_config = example(_PERSON)

    id: str
    name: str = Field(description="What customers read.")
    email: str
    role: Role
    state: str = Field(description="`active`, `invited` (no password yet) or `disabled`.")
    created_at: str
    second_factor: bool


class Me(PersonGiven):
    """Who is signed in, and what they may do."""

    model_config = example(
        {**_PERSON, "permissions": ["own", "answer", "suggest"], "proved_until": _PERSON["created_at"]}
    )

    permissions: list[str]
    proved_until: str = Field(description="Until when no password is asked for what is dangerous.")


class FactorBegun(BaseModel):
    """What an authenticator app is given, as a picture to scan (an SVG in a data URI) or to type."""

    secret: str
    uri: str
    qr: str


class CodeRequest(RequestBody):
    """What the app shows now."""

    model_config = example({"code": "123456"})

    code: Code


class RecoveryCodes(BaseModel):
    """Codes for who lost the app; each works once, and they are shown once."""

    codes: list[str]


class Device(BaseModel):
    """A browser in which somebody is signed in."""

    id: str
    device: str
    created_at: str
    seen_at: str
    here: bool = Field(description="Whether it is the one that asks.")


class Devices(BaseModel):
    """Where somebody is signed in, the latest first."""

    devices: list[Device]


class People(BaseModel):
    """Everybody at the desk, by name."""

    people: list[PersonGiven]


class InviteRequest(RequestBody):
    """Somebody new."""

    model_config = example({"email": "mira@shop.example", "name": "Mira", "role": "agent"})

    email: Email
    name: Name
    role: Role = Role.AGENT


class RoleRequest(RequestBody):
    """Another role."""

    model_config = example({"role": "lead"})

    role: Role


class Invited(PersonGiven):
    """Somebody, and the link by which they choose a password. It is shown once."""

    model_config = example({**_PERSON, "state": "invited", "link": _LINK})

    link: str


class KeyRequest(RequestBody):
    """A new API key. Without an agent it may act for anybody."""

    model_config = example({"name": "help desk", "scopes": ["suggest"]})

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope))
    agent: Name | None = None


class KeyGiven(BaseModel):
    """An API key, as far as it may be shown. Without scopes it may do everything: so were all, once."""

    id: str
    name: str
    hint: str
    scopes: list[Scope] | None
    agent: str | None
    created_at: str
    revoked_at: str | None


class KeyMade(BaseModel):
    """The key itself; it is shown once."""

    key: str


class Keys(BaseModel):
    """Every key, oldest first, revoked ones included."""

    keys: list[KeyGiven]


class AuditLine(BaseModel):
    """One line of the audit log; `understudy audit verify` checks the hashes."""

    seq: int
    at: str
    who: str
    via: str
    address: str | None
    act: str
    subject: str | None
    detail: str = Field(description="JSON, as it was hashed.")
    previous: str
    hash: str


class AuditLog(BaseModel):
    """Lines in their order; `next` is what to ask after for those that follow."""

    lines: list[AuditLine]
    next: int | None
