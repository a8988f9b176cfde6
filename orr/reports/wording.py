"""Values, thresholds and states in words, for every face alike."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from evidence.verdict import Verdict
from orr.accounts.roles import role_title
from orr.profiles.schema import Rule
from orr.reviews.states import State

COMPARATORS = {"le": "≤", "ge": "≥", "lt": "<", "eq": "="}


def verdict_title(verdict: Verdict) -> str:
    """The verdict in a word."""
    return {
        Verdict.GREEN: pgettext("verdict", "Pass"),
        Verdict.RED: pgettext("verdict", "Fail"),
        Verdict.PENDING: pgettext("verdict", "Pending"),
        Verdict.STALE: pgettext("verdict", "Stale"),
        Verdict.ERROR: pgettext("verdict", "No answer"),
        Verdict.NOT_APPLICABLE: pgettext("verdict", "Not applicable"),
    }[verdict]


def verdict_status(verdict: Verdict) -> str:
    """How the verdict is drawn: pass, fail, warn or wait."""
    return {
        Verdict.GREEN: "pass",
        Verdict.RED: "fail",
        Verdict.PENDING: "wait",
        Verdict.STALE: "warn",
        Verdict.ERROR: "warn",
        Verdict.NOT_APPLICABLE: "na",
    }[verdict]


def state_title(state: str) -> str:
    """The review's state in a word or two; `expired` is the computed one."""
    return {
        State.CHECKING.value: pgettext("state", "Checking"),
        State.PROPOSED.value: pgettext("state", "Proposed"),
        State.VOID.value: pgettext("state", "Proposal void"),
        State.EFFECTIVE.value: pgettext("state", "Effective"),
        State.NO_GO.value: pgettext("state", "No-Go"),
        State.ROLLING_OUT.value: pgettext("state", "Rolling out"),
        State.OBSERVING.value: pgettext("state", "Observing"),
        State.CLOSED.value: pgettext("state", "Closed"),
        State.WITHDRAWN.value: pgettext("state", "Withdrawn"),
        State.EXITING.value: pgettext("state", "Exit running"),
        State.EXITED.value: pgettext("state", "Exited"),
        "expired": pgettext("state", "Expired"),
    }[state]


STATE_STATUS = {
    State.CHECKING.value: "wait",
    State.PROPOSED.value: "run",
    State.VOID.value: "warn",
    State.EFFECTIVE.value: "pass",
    State.NO_GO.value: "fail",
    State.ROLLING_OUT.value: "run",
    State.OBSERVING.value: "run",
    State.CLOSED.value: "pass",
    State.WITHDRAWN.value: "wait",
    State.EXITING.value: "fail",
    State.EXITED.value: "wait",
    "expired": "warn",
}


def decision_title(decision: str) -> str:
    """A decision in its fixed English name, which Korean uses too."""
    return {"go": "Go", "no_go": "No-Go", "go_with_guards": "Go with Guards"}[decision]


def method_title(method: str | None) -> str:
    """How a signer was verified, in a word; a dash where nobody signed."""
    known = {"password": _("password"), "totp": _("one-time code"), "passkey": _("passkey")}
    return known.get(method, method) if method else "–"


def number(value: float) -> str:
    """At most four significant digits, no trailing zeros, no exponent below a million."""
    rounded = Decimal(f"{value:.4g}")
    text = f"{rounded:,f}" if abs(value) < 1e15 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def measure(value: float, unit: str) -> str:
    """`612 ms`, `99.82 %`, `0`."""
    return f"{number(value)} {unit}".strip()


def value_display(rule: Rule, value: float | None, passed: bool | None, text: str) -> str:
    """What was found, as people read it: the collector's own words before the bare number."""
    if text:
        return text
    if value is not None and rule.comparator != "true":
        return measure(value, rule.unit)
    if passed is not None:
        return pgettext("result", "Passed") if passed else pgettext("result", "Failed")
    return "" if value is None else number(value)


def threshold_display(rule: Rule) -> str:
    """What is asked for: `≤ 15 s`; for yes-or-no items a word."""
    if rule.threshold is None:
        return _("all pass")
    return f"{COMPARATORS[rule.comparator]} {measure(rule.threshold, rule.unit)}"


def ratio(rule: Rule, value: float | None) -> float | None:
    """Where the value lies on a bar whose threshold mark stands at three quarters; 0 to 1."""
    if value is None or not rule.threshold or rule.comparator not in ("le", "lt", "ge"):
        return None
    if rule.comparator == "ge":
        span = 100.0 - rule.threshold if rule.unit == "%" and rule.threshold < 100 else rule.threshold
        return max(0.0, min(1.0, 0.75 + 0.25 * (value - rule.threshold) / span))
    return max(0.0, min(1.0, 0.75 * value / rule.threshold))


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC to the millisecond, or None."""
    if value is None:
        return None
    return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def plain(value: Any) -> Any:
    """The value as JSON has it: times as RFC 3339, lazy texts in the active language."""
    if isinstance(value, datetime):
        return moment(value.astimezone(UTC))
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def title(stated: dict[str, str]) -> str:
    """A title that a profile states in both languages, in the active one."""
    return stated.get(get_language() or "en") or stated["en"]


def role(name: str) -> str:
    """A role's name in the active language."""
    return role_title(name)


def risk_unknown() -> str:
    """What is said of the risk while nothing was simulated."""
    return _("Unknown: nothing was simulated yet. Go needs guards, and one of them has to answer.")


