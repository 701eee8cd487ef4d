"""Signing in by an OpenID provider: the code flow with PKCE, and who somebody is by what the provider says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from triage.domain.rights import Role
from triage.settings import Settings
from triage.telemetry import log

#: How long the provider may take for one answer, in seconds: a person waits for it.
DEADLINE = 10
#: What signs an ID token: never nothing, and never a secret that both sides know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class Unproved(ValueError):
    """The provider did not vouch for anybody; the text tells the person what to do."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider vouches for; `key` never changes, `name` may."""

    key: str
    name: str
    groups: tuple[str, ...]


class Provider:
    """The one OpenID provider that the environment names."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.issuer = settings.oidc_issuer
        self._claim = settings.oidc_groups_claim
        self._client = OAuth(app).register(
            "oidc",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{self.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "default_timeout": DEADLINE,
            },
        )

    def begin(self, back: str) -> Response:
        """Lead the browser to the provider; `back` is where it comes back to. Raises Unproved."""
        with _told():
            self._check()
            answer: Response = self._client.authorize_redirect(back)
            return answer

    def end(self) -> Identity:
        """Whom the provider has sent back; raises Unproved for whoever it does not vouch for."""
        with _told():
            self._check()
            token = self._client.authorize_access_token(
                claims_options={"iss": {"essential": True, "value": self.issuer}, "sub": {"essential": True}}
            )
            claims = token.get("userinfo")
            if not claims:
                raise Unproved("The provider sent no ID token: its client must be allowed the scope openid.")
            return _identity(claims, self._claim)

    def _check(self) -> None:
        """What the provider says of itself: its name is the one that we were told, and its signatures are good ones.

        Both are what keeps a metadata document that somebody else has written from being believed.
        """
        metadata = self._client.load_server_metadata()
        if metadata.get("issuer") != self.issuer:
            raise Unproved(
                f"The provider calls itself {metadata.get('issuer')!r}, and TRIAGE_OIDC_ISSUER says otherwise."
            )
        signed = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [name for name in signed if name in ALGORITHMS]


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong between us and the provider is logged, and told without its details."""
    try:
        yield
    except Unproved as error:
        log.warning("sign-in refused", reason=str(error))
        raise
    except (OAuthError, JoseError, requests.RequestException, RuntimeError, ValueError, KeyError) as error:
        log.warning("sign-in refused", reason=f"{type(error).__name__}: {error}")
        raise Unproved("The sign-in with your provider did not go through. Begin again from here.") from error


def _identity(claims: Mapping[str, Any], claim: str) -> Identity:
    named = (claims.get(name) for name in ("preferred_username", "email", "name", "sub"))
    name = next(str(value) for value in named if value)
    groups = claims.get(claim) or ()
    return Identity(
        key=f"{claims['iss']} {claims['sub']}",
        name="".join(char for char in name if char.isprintable())[:64],
        groups=(groups,) if isinstance(groups, str) else tuple(str(group) for group in groups),
    )


def role_of(groups: Iterable[str], roles: Mapping[str, Role]) -> Role | None:
    """The highest role that the groups give; `*` is everybody's. None: they have no business here."""
    given = [roles[group] for group in (*groups, "*") if group in roles]
    return max(given, key=list(Role).index, default=None)
