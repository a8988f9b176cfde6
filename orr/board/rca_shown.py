"""What the page of a root-cause analysis says first: what was red, the most urgent action, one's own step."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orr.board import moments

Facts = dict[str, Any]


def boxes(f: Facts, v: Facts) -> list[Facts]:
    """Three boxes: why there is an analysis, what is most urgent, what I do."""
    return [_why(f), _urgent(f), _mine(f, v)]


def _box(title: str, big: str, why: str, status: str = "wait", icon: str = "") -> Facts:
    return {"title": title, "big": big, "why": why, "s": status, "icon": icon}


def _why(f: Facts) -> Facts:
    if f["rca"]["cause"] == "exit":
        return _box(
            _("Why"), _("The change was taken back"), (f["exit"] or {}).get("reason") or "", "fail", "exit"
        )
    if f["rca"]["cause"] == "break_glass":
        reason = f["decision"]["reason"] if f["decision"] else ""
        return _box(_("Why"), _("The glass was broken"), reason, "warn", "warn")
    red = [item["title"] for gate in f["gates"] for item in gate["items"] if item["verdict"] == "red"]
    reason = f["decision"]["reason"] if f["decision"] else ""
    if not red:
        return _box(_("Why"), _("No-Go"), reason, "fail", "fail")
    big = ", ".join(red[:2]) + (f" +{len(red) - 2}" if len(red) > 2 else "")
    return _box(_("Red"), big, reason, "fail", "fail")


def _urgent(f: Facts) -> Facts:
    owed, title = f["rca"], _("Most urgent action")
    if owed["overdue"]:
        late = _("due %(when)s") % {"when": moments.when(owed["due_at"], f["now"])}
        return _box(_("Most urgent"), _("The analysis is overdue"), late, "fail", "clock")
    waiting = [one for one in owed["actions"] if one["due"] and not one["done"]]
    if not waiting:
        done = ngettext("%(n)s action, done", "%(n)s actions, all done", owed["done"]) % {"n": owed["done"]}
        big = _("None") if owed["actions"] else _("No plan yet")
        return _box(
            title, big, done if owed["actions"] else _("an action, its owner and its date are needed")
        )
    first = min(waiting, key=lambda one: str(one["due"]))
    status, icon = ("fail", "fail") if first["overdue"] else ("wait", "clock")
    why = f"{first['what']} · {first['owner']}"
    return _box(title, moments.when(first["due"], f["now"]), why, status, icon)


def _mine(f: Facts, v: Facts) -> Facts:
    title = _("My next step")
    if v["may"]["close_rca"]["ok"]:
        return _box(title, _("Read and close"), _("as the second person, who wrote none of it"))
    if f["rca"]["state"] == "open" and v["may"]["write_rca"]["ok"]:
        if f["rca"]["returns"]:
            said = _("“%(reason)s”") % {"reason": f["rca"]["returns"][0]["reason"]}
            return _box(title, _("Answer and record again"), said, "warn", "again")
        return _box(title, _("Write and record"), _("what happened, the causes, the plan"))
    why = v["may"]["close_rca"]["reason"] if f["rca"]["state"] == "recorded" else f["next"]["sentence"]
    return _box(title, _("Nothing now"), why)


def words(f: Facts) -> tuple[str, str, str]:
    """Status, icon and word of the analysis."""
    owed = f["rca"]
    if owed["state"] == "closed":
        return "pass", "seal", _("RCA closed")
    if owed["state"] == "recorded":
        return "run", "check", _("RCA recorded")
    if owed["overdue"]:
        return "fail", "clock", _("RCA overdue")
    if owed["returns"]:
        return "warn", "again", _("RCA sent back")
    return "warn", "warn", _("RCA owed")
