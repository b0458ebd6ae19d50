"""Tokens of visitors, people and links, and API keys: drawn or derived here, stored only as hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

VISITOR_PREFIX = "usv_"
KEY_PREFIX = "us_"
SIGN_IN_PREFIX = "uss_"
LINK_PREFIX = "usl_"


def visitor_token(secret: bytes, conversation_id: str) -> str:
    """The first token of a visitor who is new with this conversation.

    Derived (HMAC-SHA-256 under the desk's secret) rather than drawn, so that a repeated request to start gets the same
    one, although only its hash is stored.
    """
    mac = hmac.new(secret, b"visitor\0" + conversation_id.encode("utf-8"), hashlib.sha256).digest()
    return VISITOR_PREFIX + base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")


def new_visitor_token() -> str:
    """A fresh visitor token with 256 random bits."""
    return VISITOR_PREFIX + secrets.token_urlsafe(32)


def new_api_key() -> str:
    """A fresh API key with 256 random bits."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_sign_in_token() -> str:
    """A fresh token of a person's browser with 256 random bits."""
    return SIGN_IN_PREFIX + secrets.token_urlsafe(32)


def new_link_token() -> str:
    """A fresh token of a link that sets a password, with 256 random bits."""
    return LINK_PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. The tokens have full entropy, so a plain SHA-256 does."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
