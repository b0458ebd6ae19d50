"""A small OpenID provider on a port of this machine: its own key, discovery, authorization code with PKCE.

Signs in whoever ``claims`` says without asking. What it signs, and how, a test may change: ``told`` before it is
signed, ``sign`` itself, ``metadata`` of discovery.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "desk", "s3cret-of-the-desk"


class Provider:
    """What the provider knows."""

    def __init__(self, port):
        self.issuer = f"http://127.0.0.1:{port}"
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.claims = {"sub": "u-1", "email": "mira@shop.example", "email_verified": True, "name": "Mira"}
        self.metadata, self.codes, self.asked = {}, {}, []
        self.told = lambda claims: claims
        self.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        self.answers = {}

    def discovery(self):
        at = self.issuer
        found = {"issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token"}
        return {**found, "jwks_uri": f"{at}/jwks", "code_challenge_methods_supported": ["S256"], **self.metadata}

    def authorize(self, query):
        """Where the browser goes from here: back, with a code."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': self.issuer})}"

    def token(self, form, login):
        asked = self.codes.pop(form.get("code"), None)  # a code works once
        expected = f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"
        by_form = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if login != expected and not by_form:
            return 401, {"error": "invalid_client"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = asked and asked["redirect_uri"] == form["redirect_uri"]
        if not known or asked["code_challenge"] != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        if "max_age" in asked:
            claims["auth_time"] = now
        return 200, {"access_token": "a", "id_token": self.sign(self.told({**claims, **self.claims}))}

    def get(self, path, query):
        if path == "/authorize":
            return 302, self.authorize(query)
        keys = {"keys": [self.key.as_dict(private=False)]}
        return 200, {"/.well-known/openid-configuration": self.discovery(), "/jwks": keys}[path]


@contextmanager
def provider():
    """One that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            self.tell(*one.answers.get(parts.path) or one.get(parts.path, flat(parts.query)))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.tell(*one.answers.get("/token") or one.token(flat(body), self.headers.get("Authorization")))

        def tell(self, status, said):
            body = b"" if status == 302 else said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header(
                "Location" if status == 302 else "Content-Type", said if status == 302 else "application/json"
            )
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        one = Provider(server.server_port)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield one
        finally:
            server.shutdown()


def flat(query):
    return {name: values[0] for name, values in parse_qs(query).items()}
