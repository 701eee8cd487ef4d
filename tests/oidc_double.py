"""An OpenID provider on loopback: discovery, keys, and the token endpoint with PKCE; it can lie in every way."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "triage", "the client's secret"
Claims = dict[str, Any]


@dataclass
class Lie:
    """What the provider says that is not so; by default nothing."""

    claims: Callable[[Claims], None] = lambda _claims: None
    metadata: Callable[[Claims], None] = lambda _metadata: None
    algorithm: str = "RS256"
    key: str = "own"  # own | stranger | public (the public key as if it were a shared secret)
    answer: bytes | None = None
    status: int = 200


@dataclass
class OidcDouble:
    """The provider; a context manager. `user` is whom it vouches for."""

    user: Claims = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "ana", "groups": ["support"]})
    lie: Lie = field(default_factory=Lie)

    def __post_init__(self) -> None:
        self._key, self._stranger = (RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"}) for _ in range(2))
        self._asked: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"double": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.problems: list[str] = []

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sign_in(self, address: str, **changed: str) -> str:
        """What the provider's page does once somebody has signed in there: the address that it leads back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], **changed})}"

    def get(self, path: str) -> tuple[int, Claims]:
        if path == "/jwks":
            return 200, {"keys": [self._key.as_dict(private=False)]}
        metadata = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        self.lie.metadata(metadata)
        return 200, metadata

    def token(self, form: dict[str, str]) -> tuple[int, Claims | bytes]:
        """The code for a token; a code works once, and only for whoever knows what the challenge was made of."""
        asked = self._asked.pop(form["code"], None)
        if asked is None:
            return 400, {"error": "invalid_grant"}
        made = urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if made != asked["code_challenge"]:
            self.problems.append("the verifier does not fit the challenge")
            return 400, {"error": "invalid_grant"}
        if self.lie.answer is not None:
            return self.lie.status, self.lie.answer
        now = int(time.time())
        claims = {
            **self.user,
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        self.lie.claims(claims)
        return 200, {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": self._signed(claims)}

    def _signed(self, claims: Claims) -> str:
        if self.lie.algorithm == "none":
            parts = ({"alg": "none", "kid": "k1"}, claims)
            return (
                ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."
            )
        key: Any = {"own": self._key, "stranger": self._stranger}.get(self.lie.key)
        if key is None:
            key = OctKey.import_key(self._key.as_pem(private=False))
        header = {"alg": self.lie.algorithm, "kid": "k1"}
        return jwt.encode(header, claims, key, algorithms=[self.lie.algorithm])


class _Handler(BaseHTTPRequestHandler):
    double: OidcDouble

    def do_GET(self) -> None:
        self._answer(*self.double.get(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(*self.double.token({name: values[0] for name, values in parse_qs(body).items()}))

    def _answer(self, status: int, body: Claims | bytes) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass
