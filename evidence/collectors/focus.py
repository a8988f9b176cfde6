"""FOCUS 1.0 cost rows (pure): CSV in, the billed cost of each day (UTC) out."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from orr.lib.sentence import Sentence, say

COST, CURRENCY, START = "BilledCost", "BillingCurrency", "ChargePeriodStart"
# FOCUS' numeric format; the lengths keep sums exact and short.
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")


class NotFocus(ValueError):
    """The file is no FOCUS file, or a row of it cannot be read; `sentence` says where."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass
class Costs:
    """Billed cost of each day from `since` until before `until`, summed over rows; credits are negative."""

    since: date
    until: date
    currency: str
    daily: dict[date, Decimal] = field(default_factory=dict)
    rows: int = 0

    def add(self, name: str, body: bytes) -> None:
        """Add a file's rows; rows of other days are not looked at. Raises NotFocus."""
        for line, row in _rows(name, body):
            day = _day(name, line, row[START])
            if self.since <= day < self.until:
                self._add(name, line, day, row)

    def include(self, other: "Costs") -> None:
        """Add what another bill says of the same days."""
        for day, cost in other.daily.items():
            self.daily[day] = self.daily.get(day, Decimal(0)) + cost
        self.rows += other.rows

    def _add(self, name: str, line: int, day: date, row: Mapping[str, str]) -> None:
        words: dict[str, str | int] = {"file": name, "line": line}
        currency = row[CURRENCY].strip()
        if currency != self.currency:
            raise NotFocus(
                say(
                    "%(file)s, line %(line)s: the currency is “%(found)s”, the budget's is %(currency)s.",
                    found=currency[:10],
                    currency=self.currency,
                    **words,
                )
            )
        if not NUMBER.fullmatch(row[COST].strip()):
            raise NotFocus(say("%(file)s, line %(line)s: BilledCost is no number.", **words))
        self.daily[day] = self.daily.get(day, Decimal(0)) + Decimal(row[COST].strip())
        self.rows += 1


def _rows(name: str, body: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and the three columns of each row."""
    line = 1
    try:
        reader = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        head = next(reader, [])
        places = {column: _place(name, head, column) for column in (COST, CURRENCY, START)}
        for fields in reader:
            line = reader.line_num
            if len(fields) != len(head):
                raise NotFocus(
                    say("%(file)s, line %(line)s: another number of fields.", file=name, line=line)
                )
            yield line, {column: fields[place] for column, place in places.items()}
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotFocus(say("%(file)s, after line %(line)s: no CSV.", file=name, line=line)) from error


def _place(name: str, head: list[str], column: str) -> int:
    if head.count(column) != 1:
        raise NotFocus(say("%(file)s has no column %(column)s of FOCUS.", file=name, column=column))
    return head.index(column)


def _day(name: str, line: int, text: str) -> date:
    try:
        at = datetime.fromisoformat(text.strip())
        if at.tzinfo is None:
            raise ValueError("a time says its zone")
        return at.astimezone(UTC).date()
    except (ValueError, OverflowError) as error:
        words: dict[str, str | int] = {"file": name, "line": line}
        raise NotFocus(say("%(file)s, line %(line)s: ChargePeriodStart is no time.", **words)) from error
