"""An identity provider on the loopback address that really signs, and answers as the real ones do: discovery, keys, tokens.

It also plays the part of a GitHub runner, which hands a job its token at an address named in the job's environment.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

RUNNER_SECRET = "the runner's own"

GITHUB_RUN = {
    "sub": "repo:example/widget:environment:pypi",
    "repository": "example/widget",
    "repository_id": "123456",
    "repository_owner": "example",
    "repository_owner_id": "7890",
    "job_workflow_ref": "example/widget/.github/workflows/release.yml@refs/tags/v1.0",
    "workflow_ref": "example/widget/.github/workflows/release.yml@refs/tags/v1.0",
    "ref": "refs/tags/v1.0",
    "sha": "a" * 40,
    "event_name": "push",
    "environment": "pypi",
    "run_id": "42",
    "run_attempt": "1",
    "actor": "somebody",
}
"""What GitHub tells of the honest workflow's run."""


def new_rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a key as GitHub signs by."""
    return rsa.generate_private_key(65537, bits)


@dataclass
class OidcIssuer:
    """A provider: its address, its keys by their ids, what it was asked for, and what it would answer instead.

    ``run`` is what its runner tells of the job that asks for a token.
    """

    url: str
    keys: dict[str, PrivateKey]
    run: dict[str, Any] = field(default_factory=lambda: dict(GITHUB_RUN))
    asked: list[str] = field(default_factory=list)
    instead: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)

    def claims(self, audience: Any, **changes: Any) -> dict[str, Any]:
        """Return the claims of a fresh token; ``changes`` replace some, and None leaves one out."""
        now = int(time.time())
        times = {"iat": now, "nbf": now, "exp": now + 300}
        given = {**self.run, "iss": self.url, "aud": audience, "jti": str(uuid.uuid4()), **times, **changes}
        return {name: value for name, value in given.items() if value is not None}

    def token(self, audience: Any, **changes: Any) -> str:
        """Return a signed token of a run; ``changes`` as in :func:`claims`."""
        return self.sign(self.claims(audience, **changes))

    def sign(
        self, claims: Mapping[str, Any], *, key_id: str = "one", key: PrivateKey | None = None, **header: Any
    ) -> str:
        """Sign any claims by a key of this provider's, or by another one in its name."""
        signing = key or self.keys[key_id]
        algorithm = "RS256" if isinstance(signing, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(dict(claims), signing, algorithm=algorithm, headers={"kid": key_id, **header})

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""
        return {"keys": [_public(key_id, key) for key_id, key in self.keys.items()]}

    def answer(self, path: str, audience: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a path."""
        self.asked.append(path)
        if path in self.instead:
            return self.instead[path]
        found: dict[str, Any]
        match path:
            case "/.well-known/openid-configuration":
                found = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
            case "/keys":
                found = self.jwks()
            case "/runner":
                found = {"value": self.token(audience)}
            case _:
                return 404, {}, b"{}"
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def github_environment(self) -> dict[str, str]:
        """Return what a job of GitHub Actions finds in its environment."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/runner?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNNER_SECRET,
        }


@contextmanager
def serve_issuer() -> Iterator[OidcIssuer]:
    """Serve a provider with an RSA and an EC key on a free port until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        """Hands every request to the provider."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, headers, body = issuer.answer(parts.path, parse_qs(parts.query).get("audience", [""])[0])
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        keys: dict[str, PrivateKey] = {"one": new_rsa_key(), "two": ec.generate_private_key(ec.SECP256R1())}
        issuer = OidcIssuer(f"http://127.0.0.1:{server.server_port}", keys)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def _public(key_id: str, key: PrivateKey) -> dict[str, Any]:
    algorithm: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {"kid": key_id, "use": "sig", **algorithm.to_jwk(key.public_key(), as_dict=True)}
