"""Who a visitor is: what a token has to say, by which key, and what is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from chatbot.errors import IdentityError
from chatbot.service.visitors.identity import Algorithm, VerifyingKey, from_jwt, from_user_hash

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = int(NOW.timestamp())
SECRET, OTHER = "a" * 40, "b" * 40
KEYS = [VerifyingKey("kid_1", Algorithm.HS256, SECRET), VerifyingKey("kid_2", Algorithm.HS256, OTHER)]


def claims(**changes):
    values = {"sub": "user-7", "iat": AT, "exp": AT + 600, "aud": "in_1", "name": "Ada", "email": "ada@shop.example"}
    return {name: value for name, value in {**values, **changes}.items() if value is not None}


def signed(secret=SECRET, kid=None, algorithm="HS256", **changes):
    return jwt.encode(claims(**changes), secret, algorithm=algorithm, headers={"kid": kid} if kid else None)


def read(token, keys=KEYS, inbox="in_1"):
    return from_jwt(token, inbox_id=inbox, keys=keys, now=NOW)


def pem(private):
    return (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_what_was_signed_is_believed():
    who = read(signed())
    assert (who.subject, who.name, who.email, who.key_id) == ("user-7", "Ada", "ada@shop.example", "kid_1")
    assert read(signed(aud=["else", "in_1"])).subject == "user-7"
    assert read(signed(name=7, email=None)).name is None


def test_a_key_is_chosen_by_kid_or_by_what_fits():
    assert read(signed(OTHER, "kid_2")).key_id == "kid_2"
    assert read(signed(OTHER)).key_id == "kid_2"
    with pytest.raises(IdentityError, match="signature"):
        read(signed(SECRET, "kid_2"))
    with pytest.raises(IdentityError, match="kid"):
        read(signed(SECRET, "kid_gone"))


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (ed25519.Ed25519PrivateKey.generate(), Algorithm.EDDSA),
        (rsa.generate_private_key(public_exponent=65537, key_size=2048), Algorithm.RS256),
    ],
    ids=["EdDSA", "RS256"],
)
def test_public_keys(private, algorithm):
    key = VerifyingKey("kid_p", algorithm, pem(private))
    assert read(signed(private, "kid_p", algorithm.value), [key]).subject == "user-7"
    # The public key is known to everybody: as a shared secret it signs nothing.
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "kid_p"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
    mac = hmac.new(key.material.encode(), header + b"." + body, hashlib.sha256).digest()
    forged = b".".join([header, body, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
    with pytest.raises(IdentityError, match="signature"):
        read(forged, [key])


def test_nothing_unsigned_is_believed():
    unsigned = jwt.encode(claims(), None, algorithm="none")
    for wrong in (unsigned, signed()[:-2] + "xx", "", "a.b.c", "x" * 50, "\ud83d"):
        with pytest.raises(IdentityError):
            read(wrong)
    with pytest.raises(IdentityError):
        read(signed(), keys=[])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sub": None}, "lacks sub"),
        ({"exp": None, "aud": None}, "lacks exp, aud"),
        ({"iat": None}, "lacks iat"),
        ({"aud": "in_2"}, "audience"),
        ({"exp": AT + 3601}, "too long"),
        ({"iat": AT - 7200, "exp": AT - 3700}, "expired"),
        ({"iat": AT + 300, "exp": AT + 600}, "future"),
        ({"nbf": AT + 300}, "future"),
        ({"sub": ""}, "user's id"),
        ({"sub": "x" * 201}, "user's id"),
        ({"sub": "a\0b"}, "user's id"),
        ({"sub": 7}, "user's id"),
        ({"exp": 1e300}, "seconds since 1970"),
        ({"iat": "soon"}, "seconds since 1970"),
    ],
)
def test_what_a_token_has_to_say(changes, words):
    # Spelt by hand where the library would refuse to write it.
    header = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims(**changes)).encode()).rstrip(b"=")
    mac = hmac.new(SECRET.encode(), header + b"." + body, hashlib.sha256).digest()
    token = b".".join([header, body, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
    with pytest.raises(IdentityError, match=words):
        read(token)


def test_the_hash_of_other_chats():
    keys = [*KEYS, VerifyingKey("kid_h", Algorithm.USER_HASH, "c" * 24)]
    made = hmac.new(b"c" * 24, "7 ö".encode(), hashlib.sha256).hexdigest()
    assert from_user_hash("7 ö", made.upper(), keys=keys).key_id == "kid_h"
    for user, given in (("8", made), ("7 ö", made[:-1]), ("7 ö", "é"), ("7 ö", "")):
        with pytest.raises(IdentityError):
            from_user_hash(user, given, keys=keys)


def test_a_key_of_one_kind_is_good_for_no_other():
    """Whoever may choose his user id could otherwise have a token's signature made for him."""
    token = signed("c" * 40)
    with pytest.raises(IdentityError):
        read(token, [VerifyingKey("kid_h", Algorithm.USER_HASH, "c" * 40)])
    made = hmac.new(SECRET.encode(), b"user-7", hashlib.sha256).hexdigest()
    with pytest.raises(IdentityError):
        from_user_hash("user-7", made, keys=KEYS)
