"""A device that holds passkeys, in a few lines: what Chromium's own would send, and what an attacker's might."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Authenticator:
    """One credential of one person at one host."""

    def __init__(self, origin, *, verified=True):
        self.origin, self.counter, self.user = origin, 0, None
        self.flags = PRESENT | (VERIFIED if verified else 0)
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options, **said):
        """What ``navigator.credentials.create`` gives for these options."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        new = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cose
        data = self._data(said.get("host") or options["rp"]["id"], NEW_KEY) + new
        attested = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, **said)
        return self._answer({"clientDataJSON": text(client), "attestationObject": text(attested)})

    def use(self, options, **said):
        """What ``navigator.credentials.get`` gives."""
        self.counter += 1
        data = self._data(said.get("host") or options["rpId"], 0)
        client = self._client("webauthn.get", options, **said)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signed}
        return self._answer({**{name: text(part) for name, part in parts.items()}, "userHandle": self.user})

    def _data(self, host, flags):
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", self.flags | flags, self.counter)

    def _client(self, kind, options, *, origin=None, challenge=None, host=None):
        said = {"type": kind, "challenge": challenge or options["challenge"], "origin": origin or self.origin}
        return json.dumps(said).encode()

    def _answer(self, response):
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
