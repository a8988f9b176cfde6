"""Parts of the sentences about a policy: spans, amounts, and what its fixed values mean (pure)."""

from orr.lib.sentence import Sentence, say

UNITS = ((86_400, "%(n)s d"), (3_600, "%(n)s h"), (60, "%(n)s min"))
STEP_UP = {
    "password": say("a password"),
    "totp": say("a one-time code (TOTP)"),
    "passkey": say("a passkey"),
}
BINDS_TO = {
    "environment": say("the environment"),
    "items": say("the digests of the items"),
    "change_set": say("the whole change set"),
}
MEASURED_ON = {
    "any": say("whatever runs"),
    "baseline": say("what runs now"),
    "candidate": say("the new digest"),
}
COMPARATORS = {"le": "≤", "ge": "≥", "lt": "<", "eq": "="}


def span(seconds: int) -> Sentence:
    """`90 s`, `10 min`, `4 h`, `2 d`: a length of time in its largest whole unit."""
    for size, word in UNITS:
        if seconds >= size and seconds % size == 0:
            return say(word, n=seconds // size)
    return say("%(n)s s", n=seconds)


def amount(value: float | None) -> float | int | str:
    """A threshold or score as a part of a sentence: whole numbers without a fraction."""
    if value is None:
        return "–"
    return int(value) if float(value).is_integer() else value


def comparator(name: str) -> Sentence | str:
    """How a value is compared with its threshold."""
    return COMPARATORS[name] if name in COMPARATORS else say("yes or no")
