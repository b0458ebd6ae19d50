"""One provider of identities, by OpenID Connect: where people are sent, and who it says came back.

Authorization code with PKCE, discovery, a signed ID token whose issuer, audience, time and nonce are checked (OpenID
Connect Core 1.0, RFC 7636, RFC 9207). What it says of roles is not read. Knows nobody at the desk.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chatbot.errors import NotReadyError
from chatbot.service.access.provider_requests import ProviderError, fetch, is_safe
from chatbot.service.outgoing.door import Door

if TYPE_CHECKING:
    from chatbot.settings import Settings

_SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures that only the provider can make; never none, nor one by a secret that we have too."""
_KINDS = ("RSA", "EC", "OKP")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_DRIFT = 60  # seconds that its clock may be off
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the provider says it is. ``subject`` stays the same for them; an address is one that it has verified."""

    subject: str
    email: str | None
    name: str | None
    seen_at: datetime | None
    """When they last showed the provider who they are, where it says so."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What belongs to one way to the provider and back, known to one browser and this server alone."""

    state: str
    nonce: str
    verifier: str
    back: str
    """Where the provider sends the browser: an address that it has to know."""


class Provider:
    """The provider of one desk."""

    def __init__(self, issuer: str, client_id: str, secret: str, name: str, door: Door) -> None:
        self._issuer, self._client_id, self._secret = issuer, client_id, secret
        self._door = door
        self.name = name

    @classmethod
    def of(cls, settings: Settings) -> Provider | None:
        """The one that is set, or None.

        Raises:
            NotReadyError: half of it is set, or the issuer is not https.

        """
        issuer, client_id, secret = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret
        if not (issuer or client_id or secret):
            return None
        if not (issuer and client_id and secret):
            given = {"ISSUER": issuer, "CLIENT_ID": client_id, "CLIENT_SECRET": secret}
            missing = [f"UNDERSTUDY_OIDC_{name}" for name, value in given.items() if not value]
            raise NotReadyError(f"Sign-in through a provider takes {' and '.join(missing)} too.")
        if not is_safe(issuer):
            raise NotReadyError(f"UNDERSTUDY_OIDC_ISSUER is {issuer}: it has to be https.")
        door = Door.of(settings, urlsplit(issuer).hostname or "")  # who sets the issuer may have it at home
        return cls(issuer, client_id, secret.get_secret_value(), settings.oidc_name, door)

    async def examine(self) -> str:
        """A sentence on whether the provider is what it is set to be.

        Raises:
            ProviderError: it is not; the message says what is wrong.

        """
        told = await self._discover()
        if not _usable(await fetch(self._door, told["jwks_uri"])):
            raise ProviderError(f"{told['jwks_uri']} has no key that signs.")
        return f"People sign in through {self._issuer} as well."

    async def address(self, errand: Errand, *, again: bool) -> str:
        """Where a browser is sent; ``again`` asks who it is even if the provider knows.

        Raises:
            ProviderError: the provider does not answer, or not as it should.

        """
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        told = await self._discover()
        address: str = prepare_grant_uri(
            told["authorization_endpoint"],
            self._client_id,
            "code",
            redirect_uri=errand.back,
            scope="openid email profile",
            state=errand.state,
            nonce=errand.nonce,
            code_challenge=create_s256_code_challenge(errand.verifier),
            code_challenge_method="S256",
            **({"prompt": "login", "max_age": "0"} if again else {}),
        )
        return address

    async def identity(self, code: str, errand: Errand, issuer: str | None, now: datetime) -> Identity:
        """Who came back with a code.

        Raises:
            ProviderError: the code or what it was exchanged for does not hold, or another issuer answers.

        """
        told = await self._discover()
        expected = bool(told.get("authorization_response_iss_parameter_supported"))
        if (issuer is not None or expected) and issuer != self._issuer:
            raise ProviderError("The answer comes from another issuer.")
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": errand.back}
        form["code_verifier"] = errand.verifier
        ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        login: tuple[str, str] | None = (self._client_id, self._secret)
        if "client_secret_basic" not in ways:
            form |= {"client_id": self._client_id, "client_secret": self._secret}
            login = None
        tokens = await fetch(self._door, told["token_endpoint"], form=form, login=login)
        return self._read(tokens, await fetch(self._door, told["jwks_uri"]), errand.nonce, now)

    def _read(self, tokens: dict[str, Any], keys: dict[str, Any], nonce: str, now: datetime) -> Identity:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            signed = jwt.decode(
                str(tokens.get("id_token")), KeySet.import_key_set({"keys": _usable(keys)}), algorithms=_SIGNED_BY
            )
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client_id},
                },
                {"nonce": nonce, "client_id": self._client_id, "access_token": tokens.get("access_token")},
            )
            claims.validate(int(now.timestamp()), _DRIFT)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderError(f"Its ID token does not hold ({type(error).__name__}).") from error
        who = claims["sub"]
        if not isinstance(who, str) or not 0 < len(who) <= _LONGEST_SUBJECT:
            raise ProviderError("Its ID token says not who it is.")
        verified = str(claims.get("email_verified")).lower() == "true"  # some write it as a text
        email, at = _text(claims.get("email")) if verified else None, claims.get("auth_time")
        seen_at = min(now, datetime.fromtimestamp(int(at), UTC)) if at and 0 < at <= now.timestamp() + _DRIFT else None
        return Identity(f"{_short(self._issuer)}.{_short(who)}", email, _text(claims.get("name")), seen_at)

    async def _discover(self) -> dict[str, Any]:
        """What the provider tells of itself."""
        told = await fetch(self._door, f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if told.get("issuer") != self._issuer:
            raise ProviderError(f"UNDERSTUDY_OIDC_ISSUER is {self._issuer}; there it says {told.get('issuer')!r}.")
        for name in _ENDPOINTS:
            at = told.get(name)
            if not isinstance(at, str) or not is_safe(at) or self._issuer[:6].lower() != at[:6].lower():
                raise ProviderError(f"Its {name} is {at!r}, which is not https.")
        methods = told.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise ProviderError("It takes no PKCE by S256.")
        return told


def of_same_issuer(one: str, other: str) -> bool:
    """Whether two subjects are of one issuer."""
    return one.partition(".")[0] == other.partition(".")[0]


def _usable(keys: dict[str, Any]) -> list[dict[str, Any]]:
    """The keys that sign, of a kind that we know."""
    found = keys.get("keys")
    each = [key for key in found if isinstance(key, dict)] if isinstance(found, list) else []
    return [key for key in each if key.get("kty") in _KINDS and key.get("use", "sig") == "sig"]


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:31]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
