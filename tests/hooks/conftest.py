"""Hooks of three senders, a stub of their platform, and deliveries signed as each of them signs."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from standardwebhooks import Webhook

from orr.accounts.models import AuthorMapping, User
from orr.celery import app
from orr.guards import contracts
from orr.lib.met import Met
from orr.reviews.models import Review
from tests.factories.people import person
from tests.factories.platform import Platform, running

PAYLOADS = Path(__file__).parent / "payloads"
SECRET = "of the tests, and of nothing else"
SIGNING = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, or so").decode()
COMMIT = "5f0c2d9a4b7e1c8d3a6f5e4b2c1d0e9f8a7b6c5d"
HOOKS = """
[sources.github]
kind = "github"
url = "{platform}"
internal = true
secret_env = "FORGE_TOKEN"
[sources.gitlab]
kind = "gitlab"
url = "{platform}/api/v4"
internal = true
secret_env = "FORGE_TOKEN"
[hooks.github]
kind = "github"
source = "github"
secret_env = "HOOK_SECRET"
account = "bot"
[[hooks.github.repositories]]
name = "acme/search"
service_ids = ["search"]
environment = "prod-kr"
environments = {{ production = "prod-kr" }}
tags = "v*"
asset = "*.tar.gz"
target = "plant/artifact/search"
rollback = "plant/artifact/search"
rehearse = "plant/artifact/search-shadow"
profile = "quick"
[hooks.gitlab]
kind = "gitlab"
source = "gitlab"
secret_env = "HOOK_SECRET"
account = "bot"
[[hooks.gitlab.repositories]]
name = "acme/search"
service_ids = ["search"]
environment = "prod-kr"
environments = {{ production = "prod-kr" }}
profile = "quick"
[hooks.signed]
kind = "gitlab"
verify = "signature"
secret_env = "HOOK_SIGNING"
account = "bot"
[[hooks.signed.repositories]]
name = "acme/search"
environment = "prod-kr"
[hooks.any]
kind = "cloudevents"
secret_env = "HOOK_SIGNING"
account = "bot"
"""

QUICK = """
version = 1
title = { en = "Quick", ko = "빠른" }
[policy]
slots = ["sre", "security"]
timelock = 0
approve_within = 3600
valid_for = 3600
"""


def payload(name: str, platform: str = "https://api.github.com", **changed: Any) -> dict[str, Any]:
    """One of the recorded payloads; `changed` replaces fields at its top."""
    text = (PAYLOADS / f"{name}.json").read_text("utf-8").replace("@PLATFORM@", platform)
    return {**json.loads(text), **changed}


@dataclass
class Door:
    """Sends what the senders would send."""

    client: Client

    def github(self, event: str, body: Any, *, id_: str = "", secret: str = SECRET, **over: str) -> Any:
        """A delivery of GitHub, signed with `secret`; `over` replaces headers, `_` for `-`."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": id_ or str(uuid.uuid4()),
            "X-Hub-Signature-256": signed,
        }
        return self.send("github", raw, {**headers, **{k.replace("_", "-"): v for k, v in over.items()}})

    def gitlab(self, body: Any, *, id_: str = "", token: str = SECRET) -> Any:
        """A delivery of GitLab with its secret token."""
        headers = {"X-Gitlab-Token": token, "X-Gitlab-Event-UUID": id_ or str(uuid.uuid4())}
        return self.send("gitlab", json.dumps(body).encode(), headers)

    def signed(
        self, name: str, body: Any, *, id_: str = "", at: datetime | None = None,
        type_: str = "application/json", **more: str,
    ) -> Any:  # fmt: skip
        """A delivery with a Standard Webhooks signature, made `at` a time."""
        raw, id_ = json.dumps(body).encode(), id_ or f"msg_{uuid.uuid4().hex}"
        at = at or datetime.now(UTC)
        headers = {
            "webhook-id": id_,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(SIGNING).sign(id_, at, raw.decode()),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        return self.send(name, raw, headers, type_)

    def send(self, name: str, raw: bytes, headers: dict[str, str], type_: str = "application/json") -> Any:
        """The request as it is."""
        return self.client.post(f"/v1/hooks/{name}", raw, content_type=type_, headers=headers)


@pytest.fixture
def door() -> Door:
    """A client that speaks for the senders; a fault is an answer 500."""
    return Door(Client(raise_request_exception=False))


@pytest.fixture
def platform(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A running stub of the forge, which the hooks of the sources file answer to."""
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("HOOK_SIGNING", SIGNING)
    monkeypatch.setenv("FORGE_TOKEN", "token-of-the-forge")
    with running(Platform()) as stub:
        path = tmp_path / "sources.toml"
        path.write_text(HOOKS.format(platform=stub.url), encoding="utf-8")
        settings.PLURA_SOURCES = str(path)
        (tmp_path / "profiles").mkdir()
        (tmp_path / "profiles" / "quick.toml").write_text(QUICK, encoding="utf-8")
        settings.PLURA_PROFILES = str(tmp_path / "profiles")
        yield stub


@pytest.fixture
def bot(db: None) -> User:
    """The account that requests what the hooks ask for."""
    return person("bot", "release_manager")


@pytest.fixture
def guards_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a real guard's driver answers is the guards' own test."""
    monkeypatch.setattr(contracts, "answers", lambda _guard: Met())


@pytest.fixture
def no_worker() -> Iterator[None]:
    """What is to be done after a commit waits in the broker: here only the tests themselves send."""
    before, app.conf.task_always_eager = app.conf.task_always_eager, False
    yield
    app.conf.task_always_eager = before


@pytest.fixture
def asked(door: Door, platform: Platform, bot: User) -> Review:
    """The review of a release, for which a deployment of GitHub waits."""
    dana = person("dana")
    AuthorMapping.objects.create(author_id="github:501", user=dana, mapped_by=person("boss", "admin"))
    assert door.github("release", payload("github-release")).status_code == 201
    asks = door.github("deployment_protection_rule", payload("github-rule", platform.url))
    assert asks.status_code == 200, asks.content
    return Review.objects.get()
