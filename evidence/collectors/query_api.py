"""Asking Prometheus' query API: only a complete, timely answer of the asked form is an answer."""

import json
import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from evidence.collectors import exemplars
from evidence.collectors.exchange import KEPT, Exchange
from evidence.contract import Malformed
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say

# An answer for another moment than the asked one is a cache's, not the server's.
TIMELY = 60.0


@dataclass
class Asking(Exchange):
    """Questions to one source at one moment, each kept by its query."""

    at: datetime = field(kw_only=True)

    def vector(self, promql: str) -> list[tuple[dict[str, str], float]]:
        """The instant vector: labels and value of each series. Raises Unavailable, Denied, Malformed."""
        data = self._data(promql, "/api/v1/query", {"query": promql, "time": f"{self.at.timestamp():.3f}"})
        try:
            if data["resultType"] != "vector":
                raise self._malformed(promql, say("The answer is no vector."))
            return [
                (dict(series["metric"]), self._value(promql, series["value"])) for series in data["result"]
            ]
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise self._malformed(promql, say("The answer has another form than the query API's.")) from error

    def number(self, promql: str) -> float:
        """The one finite number. Raises as `vector`; an empty vector and NaN are Malformed, never zero."""
        found = self.vector(promql)
        if not found:
            raise self._malformed(
                promql, say("The answer is empty: there is no such series, or no sample of it.")
            )
        if len(found) > 1:
            raise self._malformed(promql, say("The answer holds several series where one was asked for."))
        if not math.isfinite(found[0][1]):
            raise self._malformed(promql, say("The answer is not a number: the window holds no observation."))
        return found[0][1]

    def traces(self, promql: str, start: datetime) -> list[str]:
        """Trace ids of exemplars, slowest first; none where the server tells of none, or fails.

        They only inform: asked last, within half of the time that is left, so that the reading stands.
        """
        words = {"query": promql, "start": f"{start.timestamp():.3f}", "end": f"{self.at.timestamp():.3f}"}
        self.ends -= max(0.0, self.ends - time.monotonic()) / 2
        try:
            data = self._data(promql, "/api/v1/query_exemplars", words)
        except OrrError:
            return []
        return exemplars.slowest(data, start, self.at)

    @property
    def raw(self) -> bytes:
        """One JSON document with every query and its answer, and the moment that was asked for."""
        return b'{"at":"%s","answers":[%s]}' % (self.at.astimezone(UTC).isoformat().encode(), self.answers)

    def _data(self, promql: str, path: str, words: dict[str, str]) -> Any:
        answer = self._fetch("GET", f"{path}?{urlencode(words)}", promql)
        try:
            body = json.loads(answer.body)
            status = body["status"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            sentence = say(
                "%(name)s sent HTTP %(status)s and no answer of a query API.",
                name=self.source.name,
                status=answer.status,
            )
            raise Malformed(sentence, raw=answer.body[:KEPT], query=promql) from error
        self.told.append((promql, answer.body))
        if status != "success" or answer.status != 200:
            why = str(body.get("error", f"HTTP {answer.status}"))[:200]
            raise self._malformed(
                promql, say("%(name)s refused the query: %(why)s", name=self.source.name, why=why)
            )
        if body.get("warnings"):
            why = str(body["warnings"][0])[:200]
            raise self._malformed(promql, say("The answer is incomplete: %(why)s", why=why))
        return body.get("data")

    def _value(self, promql: str, pair: Any) -> float:
        at, text = pair
        if abs(float(at) - self.at.timestamp()) > TIMELY:
            raise self._malformed(promql, say("The answer is of another time than the one asked for."))
        if not isinstance(text, str):
            raise TypeError("a value is a string")
        return float(text)

    def _malformed(self, promql: str, why: Sentence) -> Malformed:
        return Malformed(why, raw=self.raw, query=promql)
