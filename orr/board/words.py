"""The words and shapes of a status: one table each, so that every page says the same."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from orr.reviews.models import Review

VERDICTS: dict[str, tuple[str, str, Promise]] = {
    "green": ("pass", "pass", pgettext_lazy("verdict", "Pass")),
    "red": ("fail", "fail", pgettext_lazy("verdict", "Fail")),
    "stale": ("warn", "warn", pgettext_lazy("verdict", "Stale")),
    "error": ("warn", "warn", pgettext_lazy("verdict", "No answer")),
    "pending": ("wait", "wait", pgettext_lazy("verdict", "Pending")),
    "not_applicable": ("wait", "na", pgettext_lazy("verdict", "Not applicable")),
}
SMALL = {"pass": "check", "fail": "x", "warn": "bang", "wait": "wait", "run": "half"}

GATES: dict[int, tuple[Promise, Promise]] = {
    1: (_("SLO"), _("SLO / synthetic")),
    2: (_("Rollback"), _("Guards / rollback")),
    3: (_("Security"), _("Security / sovereignty")),
    4: (_("Data"), _("Data / schema")),
    5: (_("Cost"), _("Cost / quota")),
    6: (_("DR"), _("DR / backup")),
    7: (_("Docs"), _("Docs / communication")),
    8: (_("Audit trail"), _("Transparency / audit")),
}

STATES: dict[str, tuple[str, str, Promise]] = {
    "checking": ("wait", "wait", _("Checking")),
    "proposed": ("run", "run", _("Proposed")),
    "effective": ("pass", "pass", _("In effect")),
    "rolling_out": ("run", "run", _("Rolling out")),
    "observing": ("run", "run", _("Observing")),
    "closed": ("pass", "pass", _("Closed")),
    "no_go": ("fail", "fail", _("No-Go")),
    "void": ("warn", "warn", _("Proposal ended")),
    "expired": ("warn", "clock", _("Expired")),
    "withdrawn": ("wait", "na", _("Withdrawn")),
    "exiting": ("fail", "exit", _("Exit running")),
    "exited": ("pass", "exit", _("Exited")),
}

DECISIONS: dict[str, tuple[str, str, Promise]] = {
    "go": ("pass", "pass", _("Go")),
    "go_with_guards": ("run", "guard", _("Go with Guards")),
    "no_go": ("fail", "fail", _("No-Go")),
}

ENDINGS: dict[str, tuple[str, str, Promise]] = {
    "open": ("run", "run", _("Open")),
    "effective": ("pass", "pass", _("In effect")),
    "void": ("warn", "warn", pgettext_lazy("proposal", "Void")),
    "expired": ("warn", "clock", _("Expired")),
    "rejected": ("fail", "fail", _("Rejected")),
    "cancelled": ("wait", "na", pgettext_lazy("proposal", "Cancelled")),
}

EXITS: dict[str, tuple[str, str, Promise]] = {
    "running": ("fail", "exit", _("Exit running")),
    "done": ("pass", "pass", _("Exit done")),
    "not_recovered": ("fail", "fail", _("Reverted, not recovered")),
    "partial": ("fail", "fail", _("Exit partial")),
    "failed": ("fail", "fail", _("Exit failed")),
}

STEPS: tuple[tuple[str, Promise], ...] = (
    ("check", _("Check")),
    ("approve", _("Approve")),
    ("roll_out", _("Roll out")),
    ("observe", _("Observe")),
    ("close", _("Close")),
)
STEP_OF_STATE = {
    "checking": 0,
    "void": 0,
    "no_go": 0,
    "withdrawn": 0,
    "proposed": 1,
    "expired": 1,
    "effective": 2,
    "rolling_out": 2,
    "exiting": 2,
    "exited": 2,
    "observing": 3,
    "closed": 5,
}

KINDS = {
    "image": "image",
    "artifact": "image",
    "flag": "flag",
    "rule": "rule",
    "model": "model",
    "schema": "schema",
    "index": "index",
    "topic": "share",
    "config": "doc",
    "key": "key",
    "tenant": "org",
}


def shape(table: str, name: Any) -> tuple[str, str, Any]:
    """(status, icon, word) of a verdict, state, decision or Exit; unknown names speak for themselves."""
    known = {"verdict": VERDICTS, "state": STATES, "decision": DECISIONS, "exit": EXITS}[table]
    return known.get(str(name), ("wait", "wait", str(name)))

FACTORS: dict[str, Promise] = {
    "webauthn": _("Passkey"),
    "totp": _("One-time codes"),
    "recovery_codes": _("Recovery codes"),
}


def titled(review: Review) -> str:
    """The review's title, and that it is in shadow where it is: in a row there is no room for a mark."""
    return f"{review.title} · {gettext('Shadow')}" if review.shadow else review.title
