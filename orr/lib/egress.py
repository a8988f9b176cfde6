"""The one client for everything that calls out: checked, pinned, capped; see `check` and `fetch`."""

import ssl
import time
from collections.abc import Mapping

from orr.lib.egress_target import (
    INTERNAL,
    PUBLIC,
    Allow,
    EgressRefused,
    Resolve,
    Target,
    check,
    check_host,
)
from orr.lib.transport import Answer, EgressFailed, Limits, exchange

__all__ = [
    "INTERNAL",
    "PUBLIC",
    "Allow",
    "Answer",
    "EgressFailed",
    "EgressRefused",
    "Resolve",
    "Target",
    "check",
    "check_host",
    "fetch",
]

SECONDS = 10.0
MAX_BYTES = 4 * 1024 * 1024


def fetch(
    method: str,
    url: str,
    *,
    allow: Allow = PUBLIC,
    headers: Mapping[str, str] | None = None,
    content: bytes = b"",
    timeout: float = SECONDS,
    max_bytes: int = MAX_BYTES,
    resolve: Resolve | None = None,
    verify: ssl.SSLContext | None = None,
) -> Answer:
    """One request to a checked address; a redirect comes back as the 3xx it is, never followed.

    `timeout` is for the whole exchange, in seconds. Raises EgressRefused before any connection,
    EgressFailed for everything that goes wrong after it.
    """
    began = time.monotonic()
    target = check(url, resolve=resolve, allow=allow)
    limits = Limits(timeout, max_bytes, already=time.monotonic() - began)
    return exchange(target, method, headers or {}, content, limits, verify)
