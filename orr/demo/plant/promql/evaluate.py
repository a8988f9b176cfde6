"""Answer a parsed expression at one moment from stored samples."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from orr.demo.plant.promql.functions import OVER_WINDOW, Window, quantile
from orr.demo.plant.promql.lexer import QueryError
from orr.demo.plant.promql.pairing import key_of, unique
from orr.demo.plant.promql.parse import COMPARISONS, SETS
from orr.demo.plant.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Expression,
    Matcher,
    Negative,
    Number,
    Selector,
)

LOOKBACK = 300_000  # milliseconds; Prometheus' default
Labels = dict[str, str]
Vector = list[tuple[Labels, float]]
Matrix = list[tuple[Labels, Window]]


@dataclass(frozen=True)
class Scalar:
    value: float


class Samples(Protocol):
    def select(self, matchers: tuple[Matcher, ...], start: int, end: int) -> Matrix:
        """Matching series with their samples in `[start, end]` (ms); series without a sample are left out."""


_FOLDS: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum,
    "count": lambda values: float(len(values)),
    "min": min,
    "max": max,
    "avg": lambda values: math.fsum(values) / len(values),
}
_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda a, b: a / b if b else math.nan if not a or math.isnan(a) else math.copysign(math.inf, a),
    "%": lambda a, b: math.fmod(a, b) if b else math.nan,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Evaluator:
    """Evaluates at `at` (milliseconds since the epoch) over `samples`."""

    samples: Samples
    at: int

    def value(self, node: Expression) -> Scalar | Vector | Matrix:
        """The answer; raises QueryError where types don't fit."""
        if isinstance(node, Selector) and node.window is not None:
            return self.matrix(node)
        return self.number_or_vector(node)

    def number_or_vector(self, node: Expression) -> Scalar | Vector:
        match node:
            case Number(value):
                return Scalar(value)
            case Negative(of):
                return self._arithmetic("*", Scalar(-1), self.number_or_vector(of), node)
            case Selector(window=None):
                return self._instant(node)
            case Call():
                return self._call(node)
            case Aggregate():
                return self._aggregate(node)
            case Binary():
                return self._binary(node)
        raise QueryError("a range stands where a vector is expected")

    def vector(self, node: Expression) -> Vector:
        value = self.number_or_vector(node)
        if isinstance(value, Scalar):
            raise QueryError("a number stands where a vector is expected")
        return value

    def matrix(self, node: Expression) -> Matrix:
        if not isinstance(node, Selector) or node.window is None:
            raise QueryError("expected a range, like x[5m]")
        end = self.at - node.offset
        return self.samples.select(node.matchers, end - node.window, end)

    def _instant(self, node: Selector) -> Vector:
        end = self.at - node.offset
        found = self.samples.select(node.matchers, end - LOOKBACK, end)
        return [(labels, window.values[-1]) for labels, window in found]

    def _call(self, node: Call) -> Scalar | Vector:
        if node.name in OVER_WINDOW and len(node.args) == 1:
            apply = OVER_WINDOW[node.name]
            found = ((_nameless(labels), apply(window)) for labels, window in self.matrix(node.args[0]))
            return [(labels, value) for labels, value in found if value is not None]
        match node:
            case Call("time", ()):
                return Scalar(self.at / 1000)
            case Call("vector", (of,)):
                return [({}, self._scalar(of))]
            case Call("scalar", (of,)):
                found_vector = self.vector(of)
                return Scalar(found_vector[0][1] if len(found_vector) == 1 else math.nan)
            case Call("absent", (of,)):
                return [] if self.vector(of) else [(_known(of), 1.0)]
            case Call("histogram_quantile", (q, of)):
                return self._histogram_quantile(self._scalar(q), self.vector(of))
        raise QueryError(f"unknown function {node.name}() or a wrong number of arguments")

    def _scalar(self, node: Expression) -> float:
        value = self.number_or_vector(node)
        if not isinstance(value, Scalar):
            raise QueryError("a vector stands where a number is expected")
        return value.value

    def _histogram_quantile(self, q: float, buckets: Vector) -> Vector:
        groups: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = {}
        for labels, count in buckets:
            if "le" in labels:
                rest = frozenset((k, v) for k, v in labels.items() if k not in ("le", "__name__"))
                groups.setdefault(rest, []).append((float(labels["le"]), count))
        return [(dict(rest), quantile(q, found)) for rest, found in groups.items()]

    def _aggregate(self, node: Aggregate) -> Vector:
        groups: dict[frozenset[tuple[str, str]], list[float]] = {}
        for labels, value in self.vector(node.of):
            groups.setdefault(key_of(labels, node.grouping), []).append(value)
        return [(dict(key), _FOLDS[node.op](values)) for key, values in groups.items()]

    def _binary(self, node: Binary) -> Scalar | Vector:
        left, right = self.number_or_vector(node.left), self.number_or_vector(node.right)
        if node.op in SETS:
            return _set_operation(node, left, right)
        return self._arithmetic(node.op, left, right, node)

    def _arithmetic(
        self, op: str, left: Scalar | Vector, right: Scalar | Vector, node: Binary | Negative
    ) -> Scalar | Vector:
        boolean = isinstance(node, Binary) and node.boolean
        apply = _OPERATORS[op]
        if isinstance(left, Scalar) and isinstance(right, Scalar):
            if op in COMPARISONS and not boolean:
                raise QueryError("comparisons between numbers must use bool")
            return Scalar(float(apply(left.value, right.value)))
        if isinstance(left, Scalar):
            rows = [(labels, value, left.value, value) for labels, value in _series(right)]
        elif isinstance(right, Scalar):
            rows = [(labels, value, value, right.value) for labels, value in left]
        else:
            rows = _paired(left, right, node)
        return _combine(op, rows, boolean)


def _series(value: Scalar | Vector) -> Vector:
    return [] if isinstance(value, Scalar) else value


def _combine(op: str, rows: list[tuple[Labels, float, float, float]], boolean: bool) -> Vector:
    apply = _OPERATORS[op]
    if op in COMPARISONS and not boolean:
        return [(labels, kept) for labels, kept, a, b in rows if apply(a, b)]
    return [(_nameless(labels), float(apply(a, b))) for labels, _, a, b in rows]


def _paired(left: Vector, right: Vector, node: Binary | Negative) -> list[tuple[Labels, float, float, float]]:
    pairing = node.pairing if isinstance(node, Binary) else None
    theirs = unique(right, pairing, "right")
    rows = []
    for key, (labels, value) in unique(left, pairing, "left").items():
        if key in theirs:
            comparing = isinstance(node, Binary) and node.op in COMPARISONS and not node.boolean
            shown = labels if comparing and pairing is None else dict(key)
            rows.append((shown, value, value, theirs[key][1]))
    return rows


def _set_operation(node: Binary, left: Scalar | Vector, right: Scalar | Vector) -> Vector:
    if isinstance(left, Scalar) or isinstance(right, Scalar):
        raise QueryError(f"{node.op} works on vectors only")
    theirs = {key_of(labels, node.pairing) for labels, _ in right}
    mine = {key_of(labels, node.pairing) for labels, _ in left}
    if node.op == "or":
        return left + [row for row in right if key_of(row[0], node.pairing) not in mine]
    wanted = node.op == "and"
    return [row for row in left if (key_of(row[0], node.pairing) in theirs) is wanted]


def _nameless(labels: Labels) -> Labels:
    return {k: v for k, v in labels.items() if k != "__name__"}


def _known(node: Expression) -> Labels:
    matchers = node.matchers if isinstance(node, Selector) else ()
    return {m.label: m.value for m in matchers if m.op == "=" and m.label != "__name__"}
