"""What a provider, or who pretends to be one, may say: only a right and signed token signs anybody in."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings as ours
from django.test import Client

from orr.accounts import oidc_calls, organisation
from orr.accounts.models import User
from orr.lib import egress
from tests.board import hands
from tests.factories.people import person

pytestmark = pytest.mark.django_db
ISSUER = "https://sso.example"
KEY, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Provider:
    """Answers every call; `claims`, `token`, `config`, `answers` are what a test bends."""

    def __init__(self) -> None:
        self.config: Any = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
            "userinfo_endpoint": f"{ISSUER}/me",
        }
        self.claims: dict[str, Any] = {"iss": ISSUER, "aud": "orr", "sub": "s-1", "exp": time.time() + 60}
        self.token: Callable[[dict[str, Any]], Any] = signed
        self.answers: dict[str, tuple[int, Any]] = {}
        self.called: list[str] = []

    def fetch(self, method: str, url: str, **_: Any) -> egress.Answer:
        path = urlsplit(url).path
        self.called.append(path)
        known = {
            "/.well-known/openid-configuration": self.config,
            "/token": {"access_token": "a", "token_type": "Bearer", "id_token": self.token(self.claims)},
            "/keys": {
                "keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())), "kid": "k"}]
            },
        }
        status, body = self.answers.get(path, (200, known.get(path)))
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return egress.Answer(status, {"content-type": "application/json"}, text, url)


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "RS256", kid: str | None = "k") -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def with_public_key_as_secret(claims: dict[str, Any]) -> str:
    head, body = (jwt.utils.base64url_encode(json.dumps(part).encode()) for part in (
        {"alg": "HS256", "typ": "JWT", "kid": "k"}, claims))  # fmt: skip
    signer = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mac = signer.sign(head + b"." + body, PUBLIC)
    return b".".join([head, body, jwt.utils.base64url_encode(mac)]).decode()


@pytest.fixture
def provider(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    settings.OIDC_SERVER_URL, settings.OIDC_CLIENT_ID = ISSUER, "orr"
    settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = "x", "Example SSO"
    made = Provider()
    monkeypatch.setattr(oidc_calls.egress, "fetch", made.fetch)
    return made


@pytest.fixture
def sre(provider: Provider) -> User:
    user = person("sre", "sre")
    organisation.connect(user, "s-1")
    return user


def come_back(provider: Provider, client: Client | None = None) -> Any:
    client = client or Client()
    out = client.get("/signin/organisation")
    if out.status_code != 302:
        return out
    asked = parse_qs(urlsplit(out["Location"]).query)
    provider.claims.setdefault("nonce", asked["nonce"][0])
    return client.get(f"/signin/organisation/back?code=c&state={asked['state'][0]}")


def test_a_right_token_signs_in(provider: Provider, sre: User) -> None:
    client = Client()
    assert come_back(provider, client).status_code == 302
    assert hands.inside(client)
    assert "/me" not in provider.called, "nothing unsigned is asked for"


FORGED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "another key": lambda claims: signed(claims, OTHER),
    "no signature": lambda claims: signed(claims, None, "none"),
    "an unknown key": lambda claims: signed(claims, kid="another"),
    "no key": lambda claims: signed(claims, kid=None),
    "public key as secret": with_public_key_as_secret,
    "another issuer": lambda claims: signed({**claims, "iss": "https://evil.example"}),
    "another audience": lambda claims: signed({**claims, "aud": "another"}),
    "over": lambda claims: signed({**claims, "exp": 1}),
    "no subject": lambda claims: signed({k: v for k, v in claims.items() if k != "sub"}),
    "empty subject": lambda claims: signed({**claims, "sub": ""}),
    "a number as subject": lambda claims: signed({**claims, "sub": 5}),
    "long subject": lambda claims: signed({**claims, "sub": "x" * 5000}),
    "broken": lambda claims: signed(claims)[:-4] + "AAAA",
    "null": lambda claims: None,
    "number": lambda claims: 5,
    "dots": lambda claims: "a.b.c",
    "nothing": lambda claims: "",
}


@pytest.mark.parametrize("name", sorted(FORGED))
def test_a_forged_or_broken_token_signs_nobody_in(name: str, provider: Provider, sre: User) -> None:
    provider.token = FORGED[name]
    client = Client()
    answer = come_back(provider, client)
    assert answer.status_code in (403, 503)
    assert "What you can do now" in answer.content.decode()
    assert not hands.inside(client)


def test_a_token_made_for_another_sign_in_signs_nobody_in(provider: Provider, sre: User) -> None:
    provider.claims["nonce"] = "of-another"
    client = Client()
    assert come_back(provider, client).status_code == 403
    assert not hands.inside(client)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {}), (302, {}), (404, {}), (200, {}), (200, []), (200, None), (200, b"<html>"), (200, b"\xff"),
     (200, {"keys": [{}]}), (200, {"access_token": "a"}), (200, {"issuer": ISSUER}), (200, {"issuer": 5})],
)  # fmt: skip
def test_a_provider_that_answers_something_else_is_said_to(
    path: str, status: int, body: Any, provider: Provider, sre: User
) -> None:
    provider.answers[path] = (status, body)
    client = Client()
    answer = come_back(provider, client)
    assert answer.status_code == 503
    assert "did not answer as a sign-in should" in answer.content.decode()
    assert not hands.inside(client)


def test_a_provider_that_names_another_issuer_is_not_believed(provider: Provider, sre: User) -> None:
    provider.config["issuer"] = "https://evil.example"
    assert come_back(provider).status_code == 503


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("to", ["javascript:alert(1)", "file:///etc/passwd", "http://sso.example/x", "", 5])
def test_nobody_and_no_secret_is_sent_to_what_is_no_encrypted_page(
    to: Any, name: str, provider: Provider
) -> None:
    provider.config[name] = to
    assert Client().get("/signin/organisation").status_code == 503


def test_without_a_provider_there_is_no_such_way(client: Client) -> None:
    assert client.get("/signin/organisation").status_code == 404
    assert client.get("/signin/organisation/back?code=1&state=1").status_code == 404
    assert "organisation" not in client.get("/signin").content.decode()
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("url", "internal", "allowed"),
    [
        (f"{ISSUER}/keys", True, True),
        (f"{ISSUER}/keys", False, False),
        ("https://sso.example.evil/keys", True, False),
        ("https://sso.example:444/keys", True, False),
        ("http://sso.example/keys", True, False),
        ("https://sso.example@evil.example/", True, False),
    ],
)
def test_inside_the_network_is_the_configured_provider_alone(
    url: str, internal: bool, allowed: bool, settings: Any
) -> None:
    settings.OIDC_SERVER_URL, settings.OIDC_INTERNAL = ISSUER, internal
    assert oidc_calls._allowed(url).internal is allowed


def test_half_a_configuration_is_an_error_with_a_hint(settings: Any) -> None:
    from orr.checks import organisation as check

    assert check() == []
    settings.OIDC_CLIENT_ID = "orr"
    (half,) = check()
    assert (half.id, "OIDC_SERVER_URL" in half.hint) == ("orr.E020", True)
    settings.OIDC_CLIENT_SECRET, settings.OIDC_SERVER_URL = "x", "http://sso.example"
    assert [one.id for one in check()] == ["orr.E021"]
    settings.OIDC_SERVER_URL = ISSUER
    assert check() == []
    assert ours.OIDC_NAME
