"""One outside system as the product uses it: address, secret, and calls by the outgoing client."""

import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from orr.lib import egress
from orr.lib.errors import Unavailable
from orr.lib.sentence import Sentence
from orr.sources import github_app


@dataclass(frozen=True)
class Source:
    """A configured system. `secret` is None where none is set or where it was cleared; `problem` says why."""

    name: str
    kind: str
    url: str
    internal: bool = False
    secret: str | None = field(default=None, repr=False)
    link: str | None = None
    trace_link: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    user: str | None = None
    timeout: float = 10.0
    ca_file: str | None = None
    problem: Sentence | None = None
    # Why the secret stays here until an administrator confirms the address; else None.
    waits_for_trust: bool = False

    @property
    def allow(self) -> egress.Allow:
        """Whether this source may stand inside the network."""
        return egress.INTERNAL if self.internal else egress.PUBLIC

    def authorization(self) -> dict[str, str]:
        """The header that shows the secret: Basic with a user, else Bearer; nothing without a secret."""
        if self.secret is None:
            return {}
        if github_app.is_one(self.kind, self.options):
            # The secret is the App's private key: it signs, and is never sent.
            return {"Authorization": f"Bearer {github_app.token(self.options, self.secret)}"}
        if self.user is None:
            return {"Authorization": f"Bearer {self.secret}"}
        pair = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def usable(self) -> None:
        """Raise Unavailable with the source's problem, if it has one."""
        if self.problem is not None:
            raise Unavailable(self.problem)

    def fetch(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        timeout: float | None = None,
        max_bytes: int = egress.MAX_BYTES,
    ) -> egress.Answer:
        """One request below the source's address, with its secret. Raises as `egress.fetch` and `usable`."""
        self.usable()
        return egress.fetch(
            method,
            self.url.rstrip("/") + path,
            allow=self.allow,
            headers={**self.authorization(), **(headers or {})},
            content=content,
            timeout=timeout or self.timeout,
            max_bytes=max_bytes,
            verify=_trusting(self.ca_file) if self.ca_file else None,
        )


@lru_cache(maxsize=16)
def _trusting(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)
