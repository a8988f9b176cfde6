"""The lines of the transparency log as a person reads them."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.db.models import Q, TextField, Value
from django.db.models.functions import Cast, Concat, Greatest, Length, LPad
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orr.accounts.membership import Sight
from orr.board import moments
from orr.reviews import sight
from orr.reviews.models import Review
from orr.tlog import log
from orr.tlog.models import Entry, Pending
from orr.tlog.prove import signed

Line = dict[str, Any]
PAGE = 50
TOGETHER = 3
SHAPES: dict[str, tuple[str, str]] = {
    "review": ("plus", "wait"),
    "change_set": ("doc", "wait"),
    "evidence": ("doc", "pass"),
    "proposal": ("guard", "run"),
    "signature": ("key", "warn"),
    "decision": ("guard", "run"),
    "break_glass": ("warn", "warn"),
    "guard": ("guard", "pass"),
    "rollout": ("run", "run"),
    "exit": ("exit", "fail"),
    "rehearsal": ("again", "run"),
    "rca": ("doc", "warn"),
    "rca.recorded": ("doc", "run"),
    "rca.returned": ("again", "warn"),
    "rca.closed": ("seal", "pass"),
    "report": ("doc", "wait"),
    "role": ("user", "wait"),
    "policy": ("rule", "wait"),
    "policy.signed": ("key", "pass"),
    "policy.took_effect": ("rule", "warn"),
    "policy.rejected": ("fail", "fail"),
    "policy.void": ("warn", "warn"),
    "person": ("user", "wait"),
    "team": ("user", "wait"),
    "author": ("user", "wait"),
    "token": ("key", "wait"),
    "source": ("key", "warn"),
    "factor": ("key", "wait"),
    "connection": ("key", "wait"),
    "delegation": ("user", "wait"),
    "proposal.signed": ("key", "pass"),
    "decision.no_go": ("fail", "fail"),
    "exit.done": ("pass", "pass"),
    "exit.key_proven": ("check", "pass"),
    "rehearsal.done": ("pass", "pass"),
    "review.closed": ("seal", "pass"),
    "guard.lost": ("warn", "warn"),
    "proposal.void": ("warn", "warn"),
    "proposal.rejected": ("fail", "fail"),
}


TITLES: dict[str, Promise] = {
    "person.link_made": _("One-time link made"),
    "person.recovered": _("Person came in again"),
    "factor.added": _("Way to prove oneself added"),
    "factor.removed": _("Way to prove oneself removed"),
    "connection.made": _("Account of the organisation connected"),
    "connection.used_first": _("First sign-in by the organisation"),
    "connection.ended": _("Account of the organisation disconnected"),
    "review.opened": _("Review opened"),
    "review.in_shadow": _("Review in shadow"),
    "review.enforced": _("Review enforced"),
    "review.withdrawn": _("Review withdrawn"),
    "review.closed": _("Review closed"),
    "review.replaced": _("Review replaced by a newer one"),
    "change_set.edited": _("Change set edited"),
    "evidence.carried": _("Evidence carried over"),
    "rca.opened": _("Root-cause analysis opened"),
    "rca.recorded": _("Root-cause analysis recorded"),
    "rca.marked": _("Action of the plan marked"),
    "rca.returned": _("Root-cause analysis sent back"),
    "rca.closed": _("Root-cause analysis closed"),
    "evidence.recorded": _("Evidence recorded"),
    "evidence.pushed": _("Result pushed"),
    "evidence.attested": _("Attested by hand"),
    "proposal.made": _("Proposal made"),
    "event.sent_again": _("Event sent again"),
    "proposal.signed": _("Proposal signed"),
    "proposal.void": _("Proposal void"),
    "proposal.expired": _("Proposal expired"),
    "proposal.rejected": _("Proposal rejected"),
    "proposal.cancelled": _("Proposal cancelled"),
    "signature.withdrawn": _("Signature withdrawn"),
    "delegation.made": _("Deputy named"),
    "delegation.revoked": _("Delegation revoked"),
    "decision.took_effect": _("Decision took effect"),
    "decision.no_go": _("No-Go recorded"),
    "break_glass.used": _("Break-glass used"),
    "break_glass.second_look": _("Second look taken"),
    "deployment.asked": _("Deployment waits for the decision"),
    "deployment.answered": _("Waiting deployment answered"),
    "guard.confirmed": _("Guard read back"),
    "guard.lost": _("Guard lost"),
    "rollout.started": _("Rollout started"),
    "rollout.not_stopped": _("Rollout not stopped, in shadow"),
    "rollout.stage": _("Rollout stage"),
    "rollout.finished": _("Rollout finished"),
    "exit.started": _("Exit started"),
    "exit.reason": _("Reason of the Exit"),
    "exit.key_proven": _("Rollback key proven"),
    "exit.key_conflict": _("Rollback key in conflict"),
    "exit.key_failed": _("Rollback key failed"),
    "exit.key_unknown": _("Rollback key unknown"),
    "exit.key_blocked": _("Rollback key held up"),
    "exit.done": _("Exit done"),
    "exit.partial": _("Exit partial"),
    "exit.failed": _("Exit failed"),
    "exit.not_recovered": _("Reverted, not recovered"),
    "policy.adopted_at_setup": _("Policy in force since set-up"),
    "policy.adopted": _("Policy adopted from its file"),
    "policy.proposed": _("Weaker policy proposed"),
    "policy.signed": _("Weaker policy signed"),
    "policy.signature_withdrawn": _("Signature on a policy withdrawn"),
    "policy.took_effect": _("Weaker policy came into force"),
    "policy.rejected": _("Weaker policy rejected"),
    "policy.cancelled": _("Weaker policy cancelled"),
    "policy.void": _("Weaker policy void"),
    "policy.expired": _("Weaker policy expired"),
    "rehearsal.started": _("Rehearsal started"),
    "rehearsal.done": _("Rehearsal done"),
    "rehearsal.partial": _("Rehearsal partial"),
    "rehearsal.failed": _("Rehearsal failed"),
    "person.invited": _("Person invited"),
    "person.deactivated": _("Person deactivated"),
    "person.reactivated": _("Person let in again"),
    "person.vouched_for": _("Second administrator vouched"),
    "role.granted": _("Role given"),
    "role.granted_at_setup": _("Role given at set-up"),
    "role.consented": _("Second administrator consented"),
    "role.revoked": _("Role taken back"),
    "author.mapped": _("Author mapped"),
    "token.issued": _("Token made"),
    "token.revoked": _("Token ended"),
    "source.trusted": _("Changed address of a source confirmed"),
    "team.made": _("Team made"),
    "team.renamed": _("Team renamed"),
    "team.service_given": _("Service given to a team"),
    "service.shadow_asked": _("Shadow asked for a service"),
    "service.shadow_at_setup": _("Service in shadow, at set-up"),
    "service.shadow_counts": _("Service in shadow"),
    "service.enforced": _("Service enforced"),
    "team.service_taken": _("Service taken from a team"),
    "team.member_added": _("Person joined a team"),
    "team.member_removed": _("Person left a team"),
    "calendar.entered": _("Line of the calendar written"),
    "calendar.cancelled": _("Line of the calendar cancelled"),
}


def lines(entries: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Lines with words and shapes, the newest first."""
    return [_line(entry) for entry in sorted(entries, key=lambda one: -int(one["seq"]))]


def _line(entry: Mapping[str, Any]) -> Line:
    kind = str(entry["kind"])
    icon, status = SHAPES.get(kind) or SHAPES.get(kind.split(".")[0], ("doc", "wait"))
    return {
        **entry,
        "title": str(TITLES.get(kind, kind)),
        "icon": icon,
        "s": status,
        "artefacts": dict(entry.get("artefacts") or {}),
    }


def by_day(found: list[Line]) -> list[tuple[str, list[list[Line]]]]:
    """The lines under their days, in the reader's zone; three or more of a kind in a row stand together."""
    days = groupby(found, key=lambda one: moments.long_day(one["at"]))
    return [(day, _together(list(rows))) for day, rows in days]


def _together(found: list[Line]) -> list[list[Line]]:
    runs: list[list[Line]] = []
    for _key, same in groupby(found, key=lambda one: (one["kind"], one.get("review"), one["index"] is None)):
        run = list(same)
        runs += [run] if len(run) >= TOGETHER else [[line] for line in run]
    return runs


def page(before: int | None, seen: Sight) -> tuple[list[Line], int | None]:
    """The newest entries in sight below index `before`, and where the next page begins."""
    asked = (
        Entry.objects.filter(_in_sight(seen)).order_by("-idx").values("idx", "review", "seq", "kind", "at")
    )
    rows = list((asked.filter(idx__lt=before) if before is not None else asked)[: PAGE + 1])
    head = signed()
    size = head.size if head else 0
    found = [_line({**row, "index": row["idx"] if row["idx"] < size else None}) for row in rows[:PAGE]]
    if before is None:
        waiting = (
            Pending.objects.filter(_in_sight(seen))
            .order_by("-at")
            .values("review", "seq", "kind", "at")[:PAGE]
        )
        found = [_line({**row, "index": None}) for row in waiting] + found
    return found, rows[PAGE - 1]["idx"] if len(rows) > PAGE else None


def _in_sight(seen: Sight) -> Q:
    """The entries of the reviews a person sees; those of acts on people are for who sees everything."""
    if seen.everywhere:
        return Q()
    digits = Cast("pk", TextField())
    # `ORR-0142` of 142: at least four digits, as `code_of` words it.
    code = Concat(Value("ORR-"), LPad(digits, Greatest(Length(digits), 4), Value("0")))
    return Q(review__in=Review.objects.filter(sight.within(seen)).annotate(code_=code).values("code_"))


def checkpoint() -> dict[str, Any] | None:
    """Size and root of the newest signed checkpoint."""
    head = signed()
    return {"size": head.size, "root": head.root.hex()} if head else None


def gap() -> int:
    """How many acts have no place in the signed log."""
    return log.gap(proofs=False)


def naming(found: list[Line], digest: str) -> list[Line] | None:
    """The lines that name the digest; None where none was asked for."""
    wanted = digest.strip().lower().removeprefix("sha256:")
    if not wanted:
        return None
    return [line for line in found if wanted in line["artefacts"].values()]
