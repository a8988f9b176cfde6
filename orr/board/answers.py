"""The three answers a person gets first (pure): what is red, what blocks, what I do next."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orr.board import moments, words

Facts = dict[str, Any]


def answers(f: Facts, viewer: Facts) -> list[Facts]:
    """Three boxes: status, icon, title, the big words, why; the third with where to go."""
    return [_red(f), _blocks(f), _mine(viewer)]


def _box(title: str, big: str, why: str, status: str = "wait", icon: str = "", **more: Any) -> Facts:
    return {"title": title, "big": big, "why": why, "s": status, "icon": icon, "hot": False, **more}


def _red(f: Facts) -> Facts:
    title = _("Red gates")
    counts = f["counts"]
    red = [gate for gate in f["gates"] if gate["verdict"] == "red"]
    if red:
        names = ", ".join(f"{gate['number']} {words.GATES[gate['number']][0]}" for gate in red)
        why = ngettext("%(n)s check misses its threshold", "%(n)s checks miss their threshold", counts["red"])
        return _box(title, names, why % {"n": counts["red"]}, "fail", "fail", hot=True)
    if counts["passing"] == counts["items"]:
        why = _("8 gates, all %(m)s checks pass") % {"m": counts["items"]}
        if counts["attested"]:
            why += " · " + _("%(n)s attested") % {"n": counts["attested"]}
        return _box(title, _("None"), why, "pass", "pass")
    why = _("%(n)s of %(m)s checks pass so far") % {"n": counts["passing"], "m": counts["items"]}
    return _box(title, _("None"), why, "wait", "wait")


def _blocks(f: Facts) -> Facts:
    by_state = {
        "proposed": _blocks_proposed,
        "effective": _blocks_effective,
        "rolling_out": _blocks_rollout,
        "observing": _blocks_rollout,
        "exiting": _blocks_exit,
        "checking": _blocks_undecided,
        "void": _blocks_undecided,
        "expired": _blocks_expired,
    }
    worded = by_state.get(f["state"], _blocks_nothing)(f)
    return _box(_("What blocks"), *worded)


def _blocks_undecided(f: Facts) -> tuple[str, str]:
    counts = f["counts"]
    items = [item for gate in f["gates"] for item in gate["items"]]
    if counts["red"]:
        red = [item["title"] for item in items if item["verdict"] == "red"]
        big = ", ".join(red[:2]) + (f" +{len(red) - 2}" if len(red) > 2 else "")
        return big, _("Go and Go with Guards cannot be proposed")
    if counts["open"]:
        parts = []
        for verdict, word in (
            ("pending", _("%(n)s pending")),
            ("stale", _("%(n)s stale")),
            ("error", _("%(n)s not answering")),
        ):
            found = sum(item["verdict"] == verdict for item in items)
            if found:
                parts.append(word % {"n": found})
        return ", ".join(parts), _("Not decidable yet; No-Go stays possible")
    if f["state"] == "void" and f["proposals"]:
        last = f["proposals"][0]
        return _("No live proposal"), str(last["ended_reason"] or _("The last one ended."))
    if f["owed_by"]:
        named = ", ".join(f["owed_by"])
        return _("The RCA of %(codes)s") % {"codes": named}, _("Go waits until it and its plan are recorded")
    return _("Nothing but a proposal"), _("All checks pass; someone who may proposes a decision")


def _blocks_expired(f: Facts) -> tuple[str, str]:
    if f["decision"]:
        return _("The time is over"), _("The decision expired unused; the change needs a new review")
    if f["counts"]["red"] or f["counts"]["open"]:
        return _blocks_undecided(f)
    return _("The time to sign is over"), _("A new proposal starts with no signatures")


def _blocks_proposed(f: Facts) -> tuple[str, str]:
    approval = f["approval"]
    if not approval:
        return _blocks_undecided(f)
    open_slots = [slot for slot in approval["slots"] if not slot["person"]]
    delay = moments.clock(approval["timelock"]["delay"])
    if open_slots:
        big = ngettext("%(n)s signature", "%(n)s signatures", len(open_slots)) % {"n": len(open_slots)}
        who = ", ".join(slot["title"] for slot in open_slots)
        if approval.get("break_glass") is not None:
            return big, _("%(who)s · break-glass: then in effect at once") % {"who": who}
        return big, _("%(who)s · timelock starts with the last signature, then %(delay)s") % {
            "who": who,
            "delay": delay,
        }
    named = approval.get("break_glass")
    items = [item for gate in f["gates"] for item in gate["items"]]
    if any(i["verdict"] in ("pending", "stale", "error") and i["code"] not in (named or ()) for i in items):
        return _("Checks that are open"), _("The effect waits until they pass again")
    if named is not None:
        return _("Nothing"), _("Break-glass: it takes effect at once")
    return _("The timelock"), _("%(delay)s from the last signature, then it takes effect by itself") % {
        "delay": delay
    }


def _blocks_effective(f: Facts) -> tuple[str, str]:
    waiting = [guard for guard in f["guards"] if not guard.get("confirmed_at")]
    if waiting:
        big = ngettext("%(n)s guard", "%(n)s guards", len(waiting)) % {"n": len(waiting)}
        return big, _("The rollout starts only when every guard is read back")
    until = f["decision"]["valid_until"] if f["decision"] else None
    return _("Nothing"), _("Start by %(when)s, or a new review is needed") % {
        "when": moments.by_when(until, f["now"])
    }


def _blocks_rollout(f: Facts) -> tuple[str, str]:
    rollout = f["rollout"] or {}
    if f["state"] == "observing":
        left = moments.left(rollout.get("observation_until"), f["now"])
        return (
            (_("The observation"), _("It can be closed when the window is over"))
            if left
            else (_("Nothing"), _("The observation is over; it can be closed"))
        )
    return _("The stages"), _("At %(n)s %% of the traffic") % {"n": rollout.get("percent", 0)}


def _blocks_exit(f: Facts) -> tuple[str, str]:
    keys = (f["exit"] or {}).get("keys", [])
    proven = sum(key["state"] == "proven" for key in keys)
    return _("Rollback keys"), _("%(n)s of %(m)s proven") % {"n": proven, "m": len(keys)}


def _blocks_nothing(f: Facts) -> tuple[str, str]:
    owed = f["rca"]
    if owed and owed["state"] == "open":
        if owed["overdue"]:
            due = moments.when(owed["due_at"], f["now"])
            return _("Root cause and plan are overdue"), _("they were due %(when)s") % {"when": due}
        due = moments.by_when(owed["due_at"], f["now"])
        return _("Root cause and plan"), _("due by %(when)s; then a re-review can be decided") % {"when": due}
    if owed and owed["state"] == "recorded":
        return _("The second person"), _("who closes the analysis; a re-review can be decided already")
    return _("Nothing"), _("This review has ended")


def _mine(viewer: Facts) -> Facts:
    step = viewer["next"]
    box = _box(_("My next step"), step["title"], step["sentence"])
    url = step.get("url") or ""
    return {**box, "url": url, "label": step.get("label"), "me": True, "sign": url.endswith("/approve")}
