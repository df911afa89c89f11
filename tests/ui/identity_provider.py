"""A small provider of OpenID Connect on this machine: discovery, authorization code, signed identity. Whoever asks is Dora."""

from __future__ import annotations

import base64
import json
import secrets
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from in_a_thread import answering

CLIENT = ("synesthesia", "client-secret-of-the-test")


class Provider(ThreadingHTTPServer):
    """Keeps the codes it gave; `claims` is what it says of everybody."""

    def __init__(self):
        from joserfc.jwk import RSAKey

        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        self.key = RSAKey.generate_key(2048, parameters={"kid": "one", "alg": "RS256", "use": "sig"})
        self.codes = {}
        self.claims = {"sub": "dora-42", "name": "Dora", "email": "dora@firm.example", "email_verified": True}

    def identity(self, nonce):
        from joserfc import jwt

        now = int(time.time())
        told = self.claims | {"iss": self.address, "aud": CLIENT[0], "iat": now, "exp": now + 300} | ({"nonce": nonce} if nonce else {})
        return jwt.encode({"alg": "RS256", "kid": "one"}, told, self.key)


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        parts, here = urlsplit(self.path), self.server.address
        asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/openid-configuration":
            self._json({
                "issuer": here, "authorization_endpoint": f"{here}/authorize", "token_endpoint": f"{here}/token", "jwks_uri": f"{here}/jwks",
                "response_types_supported": ["code"], "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            })  # fmt: skip
        elif parts.path == "/jwks":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif parts.path == "/authorize" and asked["client_id"] == CLIENT[0]:
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = asked.get("nonce", "")
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        sent = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
        known = sent == ":".join(CLIENT)
        nonce = self.server.codes.pop(body["code"][0], None)
        if not known or nonce is None:
            self.send_error(401)
            return
        self._json({"access_token": "of no use", "token_type": "Bearer", "expires_in": 300, "id_token": self.server.identity(nonce)})

    def _json(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def provider():
    """The provider, running."""
    with answering(Provider()) as server:
        yield server
