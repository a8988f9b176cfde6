"""What a re-review opened now would keep, gate by gate, as long as nothing is changed."""

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _

from evidence.carrying import Fate, foreseen
from orr.reviews import actions
from orr.reviews.checklist import GATES
from orr.reviews.models import Review

Told = dict[str, Any]


def carry_over(review: Review) -> Told:
    """`{"gates": [{"number", "title", "carried", "asked", "why"}], "carried", "asked"}` for the review."""
    facts, rules = actions.facts_of(review), actions.rules_of(review)
    fates = foreseen(source=review.code, facts=facts, rules=rules)
    gates = []
    for gate in GATES:
        found = Counter(fate for code, fate in fates.items() if code[1] == str(gate.number))
        carried = found[Fate.CARRIED]
        told = {"carried": carried, "asked": found.total() - carried, "why": _why(found)}
        gates.append({"number": gate.number, "title": str(gate.title), **told})
    total = Counter(fates.values())
    carried = total[Fate.CARRIED]
    return {"gates": gates, "carried": carried, "asked": total.total() - carried}


def _why(found: Counter[Fate]) -> str:
    said = (
        (Fate.RED, _("%(n)s red")),
        (Fate.OLD, _("%(n)s too old")),
        (Fate.UNKNOWN, _("%(n)s not known")),
        (Fate.OURS, _("%(n)s of our own, asked anew")),
    )
    parts = [word % {"n": found[fate]} for fate, word in said if found[fate]]
    return ", ".join(parts) or _("fresh, and bound to the same")
