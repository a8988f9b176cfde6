"""Trying a Prometheus before it is written down: is it one, what probes does it hold, and how many."""

import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from orr.lib import egress
from orr.lib.errors import OrrError
from orr.sources.source import Source

METRIC = "probe_success"
# As many attempts as G1.4 asks for: without a failure they prove 99.5 % with 95 % confidence.
ENOUGH = 598
# The windows that are tried, the shortest first; the first is the one that the profile asks for.
WINDOWS = ("30m", "1h", "3h", "6h", "12h", "24h", "3d", "7d")
SECONDS = 10.0


class NoPrometheus(Exception):
    """The address gave no answer of a query API; the message says what came instead."""


@dataclass(frozen=True)
class Found:
    """What a Prometheus holds of the probes: per `job` its series, and the window that has enough attempts.

    `window` None: not even the longest has; `attempts`: of the window, or of the longest.
    """

    jobs: dict[str, int]
    window: str | None
    attempts: int


def is_internal(url: str) -> bool:
    """Whether the address stands inside the network, so that it has to be allowed. Raises NoPrometheus."""
    _worded()
    host = urlsplit(url).hostname or ""
    try:
        egress.check_host(host, allow=egress.PUBLIC)
    except OrrError as public:
        try:
            egress.check_host(host, allow=egress.INTERNAL)
        except OrrError as error:
            raise NoPrometheus(str(error)) from public
        return True
    return False


def look(source: Source, selector: str) -> Found:
    """Ask it. Raises NoPrometheus."""
    if _query(source, "vector(1)") == []:
        raise NoPrometheus("It answers, but not as a query API does.")
    counted = _query(source, f"count by (job) ({METRIC}{{{selector}}})")
    jobs = {str(one["metric"].get("job", "")): int(float(one["value"][1])) for one in counted}
    attempts = 0
    for window in WINDOWS if jobs else ():
        samples = _query(source, f"sum(count_over_time({METRIC}{{{selector}}}[{window}]))")
        attempts = int(float(samples[0]["value"][1])) if samples else 0
        if attempts >= ENOUGH:
            return Found(jobs, window, attempts)
    return Found(jobs, None, attempts)


def _query(source: Source, promql: str) -> list[dict[str, Any]]:
    _worded()
    try:
        answer = source.fetch("GET", f"/api/v1/query?query={quote(promql)}", timeout=SECONDS)
    except OrrError as error:
        raise NoPrometheus(str(error)) from error
    if answer.status in (401, 403):
        raise NoPrometheus(f"It lets nobody in without a secret (HTTP {answer.status}): see --secret-env.")
    try:
        body = json.loads(answer.body)
        if body["status"] != "success" or body["data"]["resultType"] != "vector":
            raise ValueError
        found: list[dict[str, Any]] = body["data"]["result"]
        return [one for one in found if isinstance(one["metric"], dict) and float(one["value"][1]) >= 0]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise NoPrometheus(f"It sent HTTP {answer.status}, and no answer of a query API.") from error


def is_loopback(url: str) -> bool:
    """Whether the address is of this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _worded() -> None:
    """Sentences are worded in English here; no installation has to be there for it."""
    if not settings.configured:
        settings.configure(USE_I18N=False)
