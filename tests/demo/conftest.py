"""A plant in this process, and requests to it."""

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from orr.demo.plant.plant import Plant


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Caller:
    """Talks to a plant over HTTP; a call takes `headers` as they are given."""

    base: str
    secret: str

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=headers or {})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return Reply(answer.status, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as refused:
            with refused:
                return Reply(refused.code, refused.read(), dict(refused.headers))

    def signed(self, body: bytes, secret: str | None = None, age: float = 0) -> dict[str, str]:
        at = datetime.fromtimestamp(time.time() - age, UTC)
        message = uuid.uuid4().hex
        return {
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret or self.secret).sign(message, at, body.decode()),
            "content-type": "application/json",
        }

    def order(self, target: str, desired: str, key: str, **signing: Any) -> Reply:
        order = {"target": target, "desired": desired, "idempotency_key": key}
        body = json.dumps(order).encode()
        return self.call("POST", "/driver", body, self.signed(body, **signing))

    def current(self, target: str) -> Any:
        return self.call("GET", f"/driver?target={target}", None, self.signed(b"")).json().get("current")

    def value(self, query: str) -> float | None:
        """The one value of an instant query, None without one."""
        path = f"/api/v1/query?query={urllib.request.quote(query)}"
        rows = self.call("GET", path).json()["data"]["result"]
        return float(rows[0]["value"][1]) if rows else None


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path / "plant", 0, pace=0.02)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def http(plant: Plant) -> Iterator[httpx.Client]:
    """The plant as its pipeline and its deployer reach it."""
    with httpx.Client(base_url=f"http://127.0.0.1:{plant.port}", timeout=30) as client:
        yield client


@pytest.fixture
def caller(plant: Plant) -> Caller:
    return Caller(f"http://127.0.0.1:{plant.port}", plant.secret)
