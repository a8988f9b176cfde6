"""The read models a page of one review stands on, and the stamp that says whether they changed."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import DateTimeField, Func, Subquery
from django.db.models.functions import JSONObject

from approvals import deputies
from orr.accounts.models import RoleGrant
from orr.board import heads
from orr.board.live import Stamp
from orr.board.moments import parse
from orr.lib.errors import NotFound
from orr.reports import facts as reports_facts
from orr.reports import viewer as reports_viewer
from orr.reviews import sight
from orr.reviews.models import Review, number_of

Facts = dict[str, Any]


def facts(code: str, user: Any) -> Facts:
    """The facts of a review for this person, with the words of its head. Raises NotFound."""
    known = reports_facts.checklist(code, user)
    return {**known, **heads.head(known)}


def viewer(f: Facts, user: Any) -> Facts:
    """What this person may do with the review, their next step, whether they may take it back (`back`)."""
    known = reports_viewer.for_person(f["id"], user, f)
    may = known["may"]
    return {
        **known,
        "may": {**may, "back": may["withdraw"] if f["state"] in heads.BEFORE_ROLLOUT else may["exit"]},
    }


def both(code: str, user: Any) -> tuple[Facts, Facts]:
    """The facts of a review and what they mean for this person. Raises NotFound."""
    known = facts(code, user)
    return known, viewer(known, user)


class _ClockTimestamp(Func):
    function = "clock_timestamp"
    output_field = DateTimeField()


def stamp(code: str, user: Any) -> Stamp:
    """The review's version, what the person holds, and the database's time, in one query.

    Held are grants, proofs of oneself, and the roles of those for whom they stand in.
    Raises NotFound, also for a review that is out of the person's sight.
    """
    held = RoleGrant.objects.filter(user=user.pk, revoked_at=None).values("user")
    grants = held.annotate(
        all=ArrayAgg(JSONObject(role="role", team="team", since="counts_from"), order_by="id")
    ).values("all")
    proofs = Authenticator.objects.filter(user=user.pk).values("user")
    deputed = deputies.in_force(_ClockTimestamp(), team=None).filter(deputy=user.pk).values("deputy")
    ids = ArrayAgg("id", order_by="id")
    row = (
        Review.objects.filter(sight.seen_by(user), pk=number_of(code) or 0)
        .annotate(
            moment=_ClockTimestamp(),
            grants=Subquery(grants),
            proofs=Subquery(proofs.annotate(all=ids).values("all")),
            deputed=Subquery(deputed.annotate(all=ids).values("all")),
        )
        .values_list("version", "moment", "team", "grants", "proofs", "deputed")
        .first()
    )
    if row is None:
        sight.look(code, user)
        raise NotFound(sight.nothing(code))
    version, moment, team, *rights = row
    return Stamp(version, (str(rights), team, user.signs_from), moment)


def boundary(f: Facts) -> datetime | None:
    """The next moment at which time alone changes what the pages say."""
    approval, rollout, decision = f["approval"] or {}, f["rollout"] or {}, f["decision"] or {}
    found = [
        f["next_boundary"],
        approval.get("approve_by"),
        approval.get("timelock", {}).get("ready_at"),
        rollout.get("observation_until"),
    ]
    rca = f["rca"] or {}
    found += [rca.get("due_at"), *(mark["at"] for mark in rca.get("marks", ()))]
    found += [action["due"] for action in rca.get("actions", ())]
    found += [decision.get("valid_until"), *(guard.get("expires_at") for guard in f["guards"])]
    now = parse(f["now"])
    ahead = [at for at in map(parse, found) if at is not None and now is not None and at > now]
    return min(ahead, default=None)


def pace(f: Facts) -> int:
    """Milliseconds between polls: 1 s in an Exit or a rollout, 2 s while something runs, else 10 s."""
    if f["state"] in {"exiting", "rolling_out"}:
        return 1000
    timelock = (f["approval"] or {}).get("timelock", {}).get("ready_at") and f["state"] == "proposed"
    return 2000 if f["progress"]["running"] or timelock or f["state"] == "observing" else 10_000
