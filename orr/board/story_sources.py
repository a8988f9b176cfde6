"""Who and what stands behind the log's entries of a review: the log itself holds hashes and no words."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from approvals.models import Approval
from evidence.models import Evidence
from evidence.verdict import Verdict
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.decisions.models import Decision, Proposal
from orr.exits.models import Mode, Run
from orr.lib.canonical import PREFIX
from orr.reports import wording
from orr.reviews.models import Review
from orr.rollouts.models import StageEvent

RELATED = ("proposed_by", "ended_by", "request__ended_delegation__principal")


@dataclass(frozen=True)
class Told:
    """The person of an act, what it said, and the number of the proposal it is about."""

    who: str = ""
    lines: tuple[str, ...] = ()
    proposal: int | None = None
    red: bool = False


class Sources:
    """The rows behind the entries, each handed out once, in the order of its kind and digest."""

    def __init__(self, review: Review) -> None:
        self._rows: dict[tuple[str, str], deque[Told]] = defaultdict(deque)
        self._edited = Told(_joined(one.person.name for one in review.editors.select_related("person")))
        self._seen = _verdicts(review.code)
        self._review(review)
        for proposal in review.proposals.select_related(*RELATED):
            self._proposal(proposal)
        self._decision(review)
        self._course(review)
        self._analyses(review)

    def behind(self, entry: Mapping[str, Any]) -> Told:
        """What stands behind the entry; empty for an act of the system itself."""
        kind, digests = str(entry["kind"]), list((entry.get("artefacts") or {}).values())
        if kind == "change_set.edited":
            return self._edited
        for digest in [*digests, ""]:
            rows = self._rows.get((kind, digest))
            if rows:
                return rows.popleft()
        seen = next((self._seen[digest] for digest in digests if digest in self._seen), None)
        return seen if seen and kind.startswith("evidence.") else Told()

    def _keep(self, kind: str, told: Told, digest: str = "") -> None:
        self._rows[kind, digest.removeprefix(PREFIX)].append(told)

    def _review(self, review: Review) -> None:
        profiles = ", ".join(f"{one['name']} v{one['version']}" for one in review.profiles)
        count = _("%(n)s items") % {"n": len(review.body["items"])}
        self._keep("review.opened", Told(review.requester.name, (count, profiles)))
        moves = list(review.transitions.filter(verb__in=["withdraw", "close"]).order_by("at"))
        names = _names([one.actor for one in moves])
        for one in moves:
            kind = {"withdraw": "review.withdrawn", "close": "review.closed"}[one.verb]
            self._keep(kind, Told(names.get(one.actor, "")))

    def _proposal(self, one: Proposal) -> None:
        lines = [wording.decision_title(one.decision), one.reason]
        if one.break_glass is not None:
            named = ", ".join(one.break_glass) or _("the timelock alone")
            lines.insert(0, _("break-glass, passed by name: %(items)s") % {"items": named})
        self._keep("proposal.made", Told(one.proposed_by.name, _said(lines), one.number), one.digest)
        approvals = list(one.request.approvals.select_related("person", "on_behalf_of").order_by("signed_at"))
        for signed in approvals:
            self._keep("proposal.signed", _signature(signed, one.number), one.digest)
        for gone in sorted((a for a in approvals if a.withdrawn_at), key=lambda a: a.withdrawn_at or 0):
            told = Told(gone.person.name, (role_title(gone.role),), one.number)
            self._keep("signature.withdrawn", told, one.digest)
        standing = _joined(a.person.name for a in approvals if a.withdrawn_at is None)
        had = _("signed then: %(names)s") % {"names": standing} if standing else _("nobody had signed")
        reason = str(one.ended_reason) if one.ended_reason else ""
        whom = one.request.stopped_for
        stood_in = _("for %(name)s") % {"name": whom.name} if whom else ""
        by = one.ended_by.name if one.ended_by else ""
        self._keep(f"proposal.{one.state}", Told(by, _said([stood_in, reason, had]), one.number), one.digest)

    def _decision(self, review: Review) -> None:
        related = ("by", "proposal", "debt__second_look__by")
        made = Decision.objects.select_related(*related).filter(review=review).first()
        if made is None:
            return
        number = made.proposal.number if made.proposal else None
        title = wording.decision_title(made.decision)
        self._keep("decision.took_effect", Told(made.by.name, (title,), number), made.digest)
        self._keep("decision.no_go", Told(made.by.name, _said([made.reason])), made.digest)
        debt = getattr(made, "debt", None)
        look = getattr(debt, "second_look", None)
        if debt:
            named = ", ".join(debt.items) or _("the timelock alone")
            self._keep("break_glass.used", Told(made.by.name, (named,), number), made.digest)
        if look:
            word = _("Upheld") if look.upheld else _("Not upheld")
            self._keep("break_glass.second_look", Told(look.by.name, (word, look.finding)), made.digest)

    def _course(self, review: Review) -> None:
        for event in StageEvent.objects.filter(rollout__review=review).select_related("by"):
            lines = (f"{event.percent} %", str(event.reason))
            self._keep(f"rollout.{event.event}", Told(event.by.name, _said(lines)))
        for run in Run.objects.filter(review=review).select_related("started_by").order_by("started_at"):
            self._keep(f"{run.mode}.started", Told(run.started_by.name, _said([run.reason])))
            if run.mode == Mode.EXIT and run.reason:
                # Whoever completed the reason is known to the log alone, as a salted hash.
                self._keep("exit.reason", Told("", (run.reason,)))
        stated = Evidence.objects.filter(subject=review.code, attested_by__isnull=False)
        rows = list(stated.order_by("recorded_at"))
        names = _names([str(one.attested_by) for one in rows])
        for one in rows:
            said = _said([one.item, wording.verdict_title(Verdict(one.judged)), one.statement])
            told = Told(names.get(str(one.attested_by), ""), said, red=one.judged == Verdict.RED)
            self._keep("evidence.attested", told)

    def _analyses(self, review: Review) -> None:
        for analysis in review.rcas.select_related("closed_by"):
            versions = list(analysis.revisions.select_related("by", "sent_back__by"))
            for one in versions:
                number = _("version %(n)s") % {"n": one.number}
                for kind in ("rca.recorded", "rca.marked"):
                    self._keep(kind, Told(one.by.name, (number,)), one.digest)
                sent = getattr(one, "sent_back", None)
                if sent:
                    self._keep("rca.returned", Told(sent.by.name, (number, sent.reason)), one.digest)
            if analysis.closed_by:
                told = Told(analysis.closed_by.name, (analysis.closing_note,))
                self._keep("rca.closed", told, versions[-1].digest)


def _signature(signed: Approval, number: int) -> Told:
    weak = _("password only") if signed.weak else wording.method_title(signed.method)
    comment = f"“{signed.comment}”" if signed.comment else ""
    whom = _("for %(name)s") % {"name": signed.on_behalf_of.name} if signed.on_behalf_of else ""
    return Told(signed.person.name, _said([role_title(signed.role), whom, weak, comment]), number)


def _verdicts(code: str) -> dict[str, Told]:
    """Item and verdict of each raw answer, by its hash."""
    rows = Evidence.objects.filter(subject=code, raw__isnull=False).values_list("raw_id", "item", "judged")
    return {
        digest: Told("", (item, wording.verdict_title(Verdict(judged))), red=judged == Verdict.RED)
        for digest, item, judged in rows
    }


def _names(ids: Iterable[str]) -> dict[str, str]:
    known = {one for one in ids if len(one) == 36}
    return {str(pk): name for pk, name in User.objects.filter(pk__in=known).values_list("pk", "name")}


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)


def _said(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
