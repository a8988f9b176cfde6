"""What a pushed result says, in whatever format it came."""

import json
from dataclasses import dataclass
from typing import Any

from orr.lib.errors import FieldError, Invalid
from orr.lib.sentence import Sentence, say

MAX_BYTES = 5 * 1024 * 1024
DEPTH_MAX = 40


@dataclass(frozen=True)
class Understood:
    """`passed` over `samples` checks, shown as `text`; `said` names what failed; it is of `digests`."""

    passed: bool | None
    samples: int | None
    text: str
    said: Sentence | None
    value: float | None = None
    digests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """Counts of one test run, and the name of the first test that did not pass."""

    total: int
    failed: int
    errors: int
    skipped: int
    first: str = ""

    def understood(self, digests: tuple[str, ...] = ()) -> Understood:
        """Passed only if no test failed, broke or was skipped. Raises Invalid where no test ran."""
        if self.total == 0:
            raise not_understood(say("There is no test in it."))
        passing = max(0, self.total - self.failed - self.errors - self.skipped)
        passed = not (self.failed or self.errors or self.skipped)
        said = None
        if not passed:
            said = say(
                "Of %(total)s tests %(failed)s failed, %(errors)s broke, %(skipped)s were skipped; "
                "first: %(first)s",
                total=self.total,
                failed=self.failed,
                errors=self.errors,
                skipped=self.skipped,
                first=self.first[:120] or "–",
            )
        return Understood(passed, self.total, f"{passing} / {self.total}", said, digests=digests)


def not_understood(why: Sentence) -> Invalid:
    """The refusal of a result that cannot be read as what it claims to be."""
    return Invalid([FieldError("/content", why)])


def parsed_json(content: bytes) -> Any:
    """The JSON value. Raises Invalid for anything else, also for what is nested deeper than DEPTH_MAX."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise not_understood(say("This is no JSON.")) from error
    if _deeper(value, DEPTH_MAX):
        raise not_understood(say("The JSON is nested deeper than %(n)s levels.", n=DEPTH_MAX))
    return value


def _deeper(value: Any, levels: int) -> bool:
    """Whether lists and objects stand in each other more than so many times; without recursion."""
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for one in layer
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not layer:
            return False
    return True
