"""The signed webhook: POST applies, GET observes and proves, both signed by Standard Webhooks.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from standardwebhooks import Webhook as Signer
from standardwebhooks.webhooks import EmptyWebhookSecretError

from orr.drivers import contract
from orr.lib import egress
from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import say
from orr.sources.source import Source

MAX_ANSWER = 64 * 1024
CALL_SECONDS = 10.0


@dataclass(frozen=True)
class Webhook:
    """A receiver: its source without the secret, which only signs and is never sent.

    A call takes at most `seconds`. `idempotent`: it does one order once, however often the same key comes.
    """

    source: Source
    secret: str = field(repr=False)
    idempotent: bool = True
    seconds: float = CALL_SECONDS

    def observe(self, target: str) -> contract.Observation:
        """Signed GET `?target=`, the body empty; answers `{"current": …}`."""
        answer = self._call("GET", self._query(target), b"", f"msg_{uuid.uuid4().hex}")
        return contract.Observation(self._current(answer.body), answer.body)

    def apply(self, target: str, desired: str, idempotency_key: str) -> contract.Answer:
        """Signed POST `{target, desired, idempotency_key}`; the message id is the idempotency key, so it
        stays the same over retries."""
        order = {"target": target, "desired": desired, "idempotency_key": idempotency_key}
        answer = self._call("POST", "", canonical_bytes(order), idempotency_key)
        return contract.Answer(answer.status, answer.body)

    def prove(self, target: str, desired: str) -> contract.Proof:
        """Read the target back and compare."""
        seen = self.observe(target)
        return contract.Proof(seen.current == desired, seen.current, seen.raw)

    def _query(self, target: str) -> str:
        return f"{'&' if '?' in self.source.url else '?'}target={quote(target, safe='')}"

    def _call(self, method: str, path: str, content: bytes, message: str) -> egress.Answer:
        headers = self._signed(content, message)
        try:
            answer = self.source.fetch(
                method, path, headers=headers, content=content, timeout=self.seconds, max_bytes=MAX_ANSWER
            )
        except egress.EgressRefused as refused:
            raise contract.Denied(refused.sentence) from refused
        except egress.EgressFailed as failed:
            kind = contract.Malformed if failed.kind in ("too_large", "encoded") else contract.Unavailable
            raise kind(failed.sentence) from failed
        self._check(answer.status)
        return answer

    def _signed(self, content: bytes, message: str) -> Mapping[str, str]:
        now = datetime.now(UTC)
        try:
            signature = Signer(self.secret).sign(message, now, content.decode())
        except (EmptyWebhookSecretError, ValueError) as error:
            sentence = say("The source %(name)s has no usable signing secret.", name=self.source.name)
            raise contract.Denied(sentence) from error
        headers = {
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        return {**headers, "Content-Type": "application/json"} if content else headers

    def _check(self, status: int) -> None:
        if 200 <= status < 300:
            return
        sentence = say("%(name)s answered with status %(status)s.", name=self.source.name, status=status)
        again = status in (408, 425, 429) or status >= 500
        raise (contract.Unavailable if again else contract.Denied)(sentence)

    def _current(self, body: bytes) -> str:
        try:
            current = json.loads(body)["current"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            sentence = say("%(name)s did not answer what the target reads now.", name=self.source.name)
            raise contract.Malformed(sentence) from error
        if current is not None and not isinstance(current, str | int | float | bool):
            raise contract.Malformed(say("%(name)s answered a value that is no text.", name=self.source.name))
        return contract.text_of(current)
