"""The part of the Prometheus HTTP API that release checks ask: instant, range, series and exemplars."""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orr.demo.plant.exemplars import Exemplars
from orr.demo.plant.promql import Evaluator, Matrix, QueryError, Scalar, Vector, parse
from orr.demo.plant.promql.functions import Window
from orr.demo.plant.promql.lexer import milliseconds
from orr.demo.plant.promql.tree import Aggregate, Binary, Call, Expression, Negative, Selector
from orr.demo.plant.samples import Store

Params = dict[str, str]
_STEPS = 11_000  # Prometheus' own limit of points per series


@dataclass(frozen=True)
class PromApi:
    """Answers `/api/v1/…` from the plant's own samples."""

    store: Store
    exemplars: Exemplars

    def answer(self, path: str, params: Params) -> tuple[int, bytes]:
        """Status and JSON body, errors in Prometheus' own shape."""
        routes: dict[str, Callable[[Params], Any]] = {
            "query": self._query,
            "query_range": self._range,
            "query_exemplars": self._exemplars,
            "series": self._series,
            "labels": lambda p: sorted({k for row in self._series(p) for k in row}),
            "label/__name__/values": lambda _: self.store.names(),
            "status/buildinfo": lambda _: {"version": "plant"},
        }
        if path not in routes:
            return _error(404, "not_found", f"no such endpoint: {path}")
        try:
            data = routes[path](params)
        except (QueryError, KeyError, ValueError) as wrong:
            return _error(400, "bad_data", f"invalid parameter: {wrong}")
        return 200, json.dumps({"status": "success", "data": data}).encode()

    def _query(self, params: Params) -> dict[str, Any]:
        at = _moment(params["time"]) if params.get("time") else round(time.time() * 1000)
        return rendered(Evaluator(self.store, at).value(parse(params["query"])), at)

    def _range(self, params: Params) -> dict[str, Any]:
        start, end = _moment(params["start"]), _moment(params["end"])
        step = _step(params["step"])
        if step <= 0 or end < start or (end - start) // step > _STEPS:
            raise QueryError("bad range: start, end and step don't fit")
        expression = parse(params["query"])
        found: dict[tuple[tuple[str, str], ...], list[list[Any]]] = {}
        for at in range(start, end + 1, step):
            value = Evaluator(self.store, at).number_or_vector(expression)
            rows = [({}, value.value)] if isinstance(value, Scalar) else value
            for labels, number in rows:
                found.setdefault(tuple(sorted(labels.items())), []).append([at / 1000, text_of(number)])
        series = [{"metric": dict(key), "values": values} for key, values in found.items()]
        return {"resultType": "matrix", "result": series}

    def _series(self, params: Params) -> list[dict[str, str]]:
        selector = parse(params.get("match[]", '{__name__=~".+"}'))
        if not isinstance(selector, Selector):
            raise QueryError("match[] takes a selector")
        end = _moment(params["end"]) if params.get("end") else round(time.time() * 1000)
        start = _moment(params["start"]) if params.get("start") else end - 3_600_000
        return [labels for labels, _ in self.store.select(selector.matchers, start, end)]

    def _exemplars(self, params: Params) -> list[dict[str, Any]]:
        start, end = _moment(params["start"]), _moment(params["end"])
        result = []
        for selector in _selectors(parse(params["query"])):
            for labels, _ in self.store.select(selector.matchers, start, end):
                found = self.exemplars.between(labels, start, end)
                if found:
                    result.append({"seriesLabels": labels, "exemplars": found})
        return result


def rendered(value: Scalar | Vector | Matrix, at: int) -> dict[str, Any]:
    """An answer as the API's `data`; `at` in milliseconds."""
    if isinstance(value, Scalar):
        return {"resultType": "scalar", "result": [at / 1000, text_of(value.value)]}
    if value and isinstance(value[0][1], Window):
        rows = [(labels, found) for labels, found in value if isinstance(found, Window)]
        series = [
            {
                "metric": labels,
                "values": [[t / 1000, text_of(v)] for t, v in zip(w.times, w.values, strict=True)],
            }
            for labels, w in rows
        ]
        return {"resultType": "matrix", "result": series}
    vector = [(labels, number) for labels, number in value if isinstance(number, float)]
    return {
        "resultType": "vector",
        "result": [{"metric": labels, "value": [at / 1000, text_of(number)]} for labels, number in vector],
    }


def text_of(number: float) -> str:
    """A sample's value as Prometheus writes it."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "+Inf" if number > 0 else "-Inf"
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _selectors(node: Expression) -> Iterator[Selector]:
    match node:
        case Selector():
            yield node
        case Call(_, args):
            for arg in args:
                yield from _selectors(arg)
        case Aggregate(_, of) | Negative(of):
            yield from _selectors(of)
        case Binary(_, left, right):
            yield from _selectors(left)
            yield from _selectors(right)


def _moment(text: str) -> int:
    try:
        return round(float(text) * 1000)
    except ValueError:
        return round(datetime.fromisoformat(text).timestamp() * 1000)


def _step(text: str) -> int:
    try:
        return round(float(text) * 1000)
    except ValueError:
        return milliseconds(text)


def _error(status: int, kind: str, sentence: str) -> tuple[int, bytes]:
    return status, json.dumps({"status": "error", "errorType": kind, "error": sentence}).encode()
