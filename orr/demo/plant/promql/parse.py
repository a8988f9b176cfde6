"""Turn PromQL tokens into an expression, with Prometheus' own precedences."""

from orr.demo.plant.promql.lexer import QueryError, Token, milliseconds, tokens, unquote
from orr.demo.plant.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Expression,
    Grouping,
    Matcher,
    Negative,
    Number,
    Selector,
)

COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
SETS = frozenset({"and", "or", "unless"})
AGGREGATES = frozenset({"sum", "count", "min", "max", "avg"})
_STRENGTH = {
    "or": 1,
    "and": 2,
    "unless": 2,
    **dict.fromkeys(COMPARISONS, 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
}


def parse(query: str) -> Expression:
    """The expression that `query` says; raises QueryError with the position where it stops making sense."""
    reader = _Reader(tokens(query))
    expression = reader.binary(0)
    reader.expect("end", "")
    return expression


class _Reader:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def here(self) -> Token:
        return self._tokens[self._at]

    def take(self) -> Token:
        token = self.here
        self._at += 1
        return token

    def skip(self, text: str) -> bool:
        if self.here.kind in ("op", "name") and self.here.text == text:
            self._at += 1
            return True
        return False

    def expect(self, kind: str, text: str | None = None) -> Token:
        token = self.here
        if token.kind != kind or (text is not None and token.text != text):
            raise QueryError(f"expected {text or kind} at {token.at}, found {token.text!r}")
        return self.take()

    def binary(self, floor: int) -> Expression:
        left = self.unary()
        while (op := self.here.text) in _STRENGTH and self.here.kind in ("op", "name"):
            if _STRENGTH[op] <= floor:
                break
            self.take()
            boolean = op in COMPARISONS and self.skip("bool")
            pairing = self.grouping("on", "ignoring")
            left = Binary(op, left, self.binary(_STRENGTH[op]), boolean, pairing)
        return left

    def unary(self) -> Expression:
        if self.skip("-"):
            return Negative(self.unary())
        self.skip("+")
        return self.atom()

    def atom(self) -> Expression:
        token = self.here
        if self.skip("("):
            inner = self.binary(0)
            self.expect("op", ")")
            return inner
        if token.kind == "number":
            return Number(float(self.take().text))
        if token.kind == "name" and token.text.lower() in ("inf", "nan"):
            return Number(float(self.take().text))
        if token.kind == "name" and token.text in AGGREGATES:
            return self.aggregate()
        if token.kind == "name" and self._tokens[self._at + 1].text == "(":
            return Call(self.take().text, self.arguments())
        if token.kind == "name" or token.text == "{":
            return self.selector()
        raise QueryError(f"unexpected {token.text!r} at {token.at}")

    def aggregate(self) -> Expression:
        op = self.take().text
        grouping = self.grouping("by", "without")
        args = self.arguments()
        if len(args) != 1:
            raise QueryError(f"{op} takes one argument, not {len(args)}")
        grouping = grouping or self.grouping("by", "without") or Grouping(frozenset(), without=False)
        return Aggregate(op, args[0], grouping)

    def grouping(self, keep: str, drop: str) -> Grouping | None:
        for word, without in ((keep, False), (drop, True)):
            if self.skip(word):
                return Grouping(frozenset(self.labels()), without)
        return None

    def labels(self) -> list[str]:
        self.expect("op", "(")
        found: list[str] = []
        while not self.skip(")"):
            found.append(self.expect("name").text)
            if not self.skip(","):
                self.expect("op", ")")
                break
        return found

    def arguments(self) -> tuple[Expression, ...]:
        self.expect("op", "(")
        found: list[Expression] = []
        while not self.skip(")"):
            found.append(self.binary(0))
            if not self.skip(","):
                self.expect("op", ")")
                break
        return tuple(found)

    def selector(self) -> Expression:
        matchers: list[Matcher] = []
        if self.here.kind == "name":
            matchers.append(Matcher("__name__", "=", self.take().text))
        if self.skip("{"):
            matchers.extend(self.matchers())
        window = None
        if self.skip("["):
            window = milliseconds(self.expect("duration").text)
            self.expect("op", "]")
        offset = milliseconds(self.expect("duration").text) if self.skip("offset") else 0
        return Selector(tuple(matchers), window, offset)

    def matchers(self) -> list[Matcher]:
        found: list[Matcher] = []
        while not self.skip("}"):
            label = self.expect("name").text
            op = self.expect("op").text
            if op not in ("=", "!=", "=~", "!~"):
                raise QueryError(f"{op!r} doesn't match labels")
            found.append(Matcher(label, op, unquote(self.expect("text").text)))
            if not self.skip(","):
                self.expect("op", "}")
                break
        return found
