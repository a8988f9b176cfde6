"""The signed door through which targets are read and changed.

Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature` over `id.timestamp.body`.
"""

import base64
import os
import secrets
import threading
from pathlib import Path

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from orr.demo.plant.faults import Faults
from orr.demo.plant.http import BadRequest, Request, Response, json_response
from orr.demo.plant.targets import Refused, Targets

_HANGS = 90.0  # seconds
_FIELDS = {"target", "desired", "idempotency_key"}


class Door:
    """GET `?target=` observes, POST `{target, desired, idempotency_key}` applies; both signed."""

    def __init__(self, secret: str, targets: Targets, faults: Faults, stop: threading.Event) -> None:
        self._webhook = Webhook(secret)
        self._targets, self._faults, self._stop = targets, faults, stop

    def observe(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused:
            return refused
        name = _local(request.query.get("target", ""))
        if self._is_lost(name):
            return json_response({"error": f"there is no target {name}"}, 404)
        try:
            return json_response({"current": self._targets.current(name)})
        except Refused as why:
            return json_response({"error": str(why)}, why.status)

    def apply(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused:
            return refused
        order = request.json()
        if not isinstance(order, dict) or set(order) != _FIELDS:
            raise BadRequest("an order has target, desired and idempotency_key")
        name = _local(str(order["target"]))
        if name.startswith("flag/") and "driver_hangs" in self._faults:
            self._stop.wait(_HANGS)
        if self._is_lost(name):
            return json_response({"error": f"there is no target {name}"}, 404)
        try:
            done = self._targets.apply(name, str(order["desired"]), str(order["idempotency_key"]))
        except Refused as why:
            return json_response({"error": str(why)}, why.status)
        return json_response({"accepted": True, "again": not done})

    def _refused(self, request: Request) -> Response | None:
        try:
            self._webhook.verify(request.body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as wrong:
            return json_response({"error": f"signature: {wrong}"}, 401)
        return None

    def _is_lost(self, name: str) -> bool:
        return name == "flag/search.cache.force_ttl" and "flags_lost" in self._faults


def secret_of(directory: Path) -> str:
    """The plant's webhook secret, made at the first start and readable by its owner only."""
    path = directory / "webhook-secret"
    if not path.exists():
        made = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        directory.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(made)
    return path.read_text().strip()


def _local(target: str) -> str:
    """The plant's own name of a target, with or without the source's name before it."""
    for prefix in ("plant/", "plant:"):
        target = target.removeprefix(prefix)
    return target
