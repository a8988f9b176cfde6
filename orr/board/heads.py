"""The head of a review's pages (pure): the state in a few words, the clock that matters, the Exit word."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from orr.board import words

Facts = dict[str, Any]
BEFORE_ROLLOUT = frozenset({"checking", "proposed", "void", "expired", "effective"})
RCA_SECONDS = 48 * 3600
UNDECIDED = frozenset({"checking", "void", "expired"})


def head(f: Facts) -> Facts:
    """`pill`, `timer` and `exit_word` for the head, from the facts of a review."""
    return {"pill": _pill(f), "timer": _timer(f), "exit_word": exit_word(f)}


def exit_word(f: Facts) -> str:
    """Before a rollout nothing can be taken back: the same button withdraws."""
    return _("Withdraw") if f["state"] in BEFORE_ROLLOUT else pgettext("button", "Exit")


def _pill(f: Facts) -> Facts:
    status, icon, word = _pill_words(f)
    return {"s": status, "icon": icon, "word": word}


def _pill_words(f: Facts) -> tuple[str, str, str]:
    counts, state = f["counts"], f["state"]
    if state == "expired" and (f["decision"] or not counts["red"]):
        status, icon, word = words.shape("state", state)
        return status, icon, str(word)
    if state in UNDECIDED:
        return _undecided(f)
    approval = f["approval"]
    if state == "proposed" and approval:
        if approval["filled"] >= approval["needed"] and approval.get("break_glass") is None:
            return "run", "lock", _("Signed · timelock running")
        if approval.get("break_glass") is not None:
            counted = {"n": approval["filled"], "m": approval["needed"]}
            return "warn", "warn", _("Break-glass · %(n)s of %(m)s signed") % counted
        signed = _("Proposed · %(n)s of %(m)s signed") % {"n": approval["filled"], "m": approval["needed"]}
        return "run", "run", signed
    if state == "exiting" and f["exit"]:
        status, icon, word = words.EXITS.get(f["exit"]["state"], words.EXITS["running"])
        return status, icon, str(word)
    if state in {"effective", "rolling_out"} and f["decision"]:
        status, icon, word = words.shape("decision", f["decision"]["decision"])
        if f["decision"].get("break_glass") is not None:
            return "warn", "warn", _("Break-glass · %(decision)s") % {"decision": word}
        return status, icon, str(word)
    status, icon, word = words.shape("state", state)
    return status, icon, str(f.get("state_title") or word) if not counts["red"] else str(word)


def _undecided(f: Facts) -> tuple[str, str, str]:
    counts, progress = f["counts"], f["progress"]
    if counts["red"]:
        return "fail", "fail", _("Red · only No-Go possible")
    if progress["running"]:
        return "run", "run", _("Checking %(n)s of %(m)s") % {"n": progress["done"], "m": progress["total"]}
    if counts["open"]:
        return "wait", "wait", _("Not decidable yet")
    if f["state"] != "checking":
        status, icon, word = words.shape("state", f["state"])
        return status, icon, str(word)
    return "pass", "pass", _("Checks done %(n)s / %(m)s") % {"n": counts["passing"], "m": counts["items"]}


def _timer(f: Facts) -> Facts | None:
    approval, rollout, exit_, state = f["approval"], f["rollout"], f["exit"], f["state"]
    if state == "exiting" and exit_ and exit_["state"] == "running":
        return _clock(_("To the deadline"), until=exit_["deadline"])
    if state == "proposed" and approval and approval["timelock"].get("ready_at"):
        return _clock(_("Timelock"), until=approval["timelock"]["ready_at"])
    if state == "rolling_out" and rollout:
        return _clock(_("Since the start"), since=rollout["started_at"])
    if state == "observing" and rollout:
        return _clock(_("Observation"), until=rollout["observation_until"])
    owed = f.get("rca")
    if owed and owed["state"] == "open" and state in {"no_go", "exited"}:
        if owed["overdue"]:
            return _clock(_("RCA overdue since"), since=owed["due_at"])
        return _clock(_("To the RCA deadline"), until=owed["due_at"], goal=RCA_SECONDS)
    tat = f.get("tat")
    if state in UNDECIDED | {"proposed"} and tat and tat.get("since"):
        since = tat["since"] if tat.get("running") else None
        return _clock(_("Decision TAT"), since=since, seconds=tat.get("seconds"), goal=tat.get("goal"))
    return None


def _clock(word: str, **parts: Any) -> Facts:
    return {"word": word, "label": word, "since": None, "until": None, "seconds": None, "goal": None, **parts}
