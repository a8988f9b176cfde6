"""A deployer's own hand on the plant: signed orders, each with its idempotency key."""

import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from orr.demo.plant.catalogue import Catalogue

PREFIX = "plant/"
REGISTRY = "registry/"


class NotDone(Exception):
    """The plant did not carry the order out; the text says why."""


@dataclass(frozen=True)
class Hand:
    """Orders and reads targets of the plant at `url`."""

    url: str
    secret: str = field(repr=False)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30), repr=False, compare=False)

    def current(self, target: str) -> str:
        """What the target reads now. Raises NotDone."""
        answer = self.http.get(self.url, params={"target": target}, headers=self._signed(""))
        if answer.status_code != 200:
            raise NotDone(f"{target}: {answer.status_code} {answer.text[:200]}")
        return str(answer.json()["current"])

    def order(self, target: str, desired: str, key: str) -> None:
        """Carry one order out; again with the same key changes nothing. Raises NotDone."""
        body = json.dumps({"target": target, "desired": desired, "idempotency_key": key})
        answer = self.http.post(self.url, content=body, headers=self._signed(body))
        if answer.status_code != 200:
            raise NotDone(f"{target}: {answer.status_code} {answer.text[:200]}")

    def _signed(self, body: str) -> dict[str, str]:
        message, now = f"msg_{uuid.uuid4().hex}", datetime.fromtimestamp(time.time(), UTC)
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(message, now, body),
            "content-type": "application/json",
        }


def plants_own(target: str) -> str | None:
    """The plant's target behind a change set's one; None where the deployer has no hand there.

    A tag in the registry is what runs: `registry/search-api:stable` is `plant/image/search-api`.
    """
    if target.startswith(PREFIX):
        return target
    if target.startswith(REGISTRY) and target.endswith(":stable"):
        name = target.removeprefix(REGISTRY).removesuffix(":stable")
        kind = Catalogue().kind_of(name)
        return f"{PREFIX}{kind}/{name}" if kind else None
    return None
