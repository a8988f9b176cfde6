"""What changed since a person signed, or saw, a former proposal of a review."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from approvals.models import Approval
from evidence.models import Evidence
from orr.accounts.models import User
from orr.accounts.roles import role_title
from orr.changes.models import ChangeSet
from orr.decisions import differences, snapshot
from orr.decisions.differences import Difference, Side
from orr.decisions.models import Proposal
from orr.reports import wording
from orr.reviews.acts import find
from orr.reviews.models import Review

Told = dict[str, Any]


def signed(code: str, person: User) -> Told | None:
    """What differs between the live proposal and the latest former one that the person signed, else None."""
    review = find(code)
    live = Proposal.objects.filter(review=review, state="open").first()
    if live is None:
        return None
    former = Proposal.objects.filter(review=review).exclude(pk=live.pk)
    requests = {one.request_id: one for one in former}
    mine = Approval.objects.filter(person=person, request__in=requests, withdrawn_at=None)
    last = mine.order_by("-signed_at").first()
    return told([Pair(review, requests[last.request_id], live, last)])[0] if last else None


def saw(code: str, digest: str) -> list[Told]:
    """What differs between the proposal of that digest and the live one; nothing for an unknown digest."""
    review = find(code)
    shown = Proposal.objects.filter(review=review, digest=digest).first()
    live = Proposal.objects.filter(review=review, state="open").first()
    if shown is None or live is None:
        return []
    was, now = _sides([(review, [shown, live])])[0]
    return [_row(one) for one in differences.between(was, now)]


@dataclass(frozen=True)
class Pair:
    """A proposal that a person signed and the one that is live now."""

    review: Review
    was: Proposal
    now: Proposal
    signature: Approval


def told(pairs: Sequence[Pair]) -> list[Told]:
    """The differences of each pair, for the person whose signature stood on the former. Two queries."""
    sides = _sides([(pair.review, [pair.was, pair.now]) for pair in pairs])
    return [_told(pair, *side) for pair, side in zip(pairs, sides, strict=True)]


def _told(pair: Pair, was: Side, now: Side) -> Told:
    return {
        "code": pair.review.code,
        "title": pair.review.title,
        "number": pair.was.number,
        "digest": pair.was.digest,
        "now_digest": pair.now.digest,
        "signed_at": wording.moment(pair.signature.signed_at),
        "role": role_title(pair.signature.role),
        "state": pair.was.state,
        "ended_at": wording.moment(pair.was.ended_at),
        "ended_reason": str(pair.was.ended_reason) if pair.was.ended_reason else "",
        "rows": [_row(one) for one in differences.between(was, now)],
        "renewed": differences.renewed(was, now),
    }


def _sides(asked: Sequence[tuple[Review, Sequence[Proposal]]]) -> list[tuple[Side, Side]]:
    every = [one for _review, proposals in asked for one in proposals]
    digests = {one.pk: snapshot.field(bytes(one.payload), "change_set_digest") for one in every}
    kept = ChangeSet.objects.filter(digest__in=set(digests.values()))
    bodies = {one.digest: one.body for one in kept}
    values = _values(asked)

    def side(one: Proposal) -> Side:
        return Side(bytes(one.payload), bodies.get(digests[one.pk], {}), values)

    return [(side(proposals[0]), side(proposals[1])) for _review, proposals in asked]


def _values(asked: Sequence[tuple[Review, Sequence[Proposal]]]) -> Mapping[str, str]:
    """What each piece of evidence that differs between two snapshots said, by its hash."""
    changed, rules = Q(pk__in=[]), {}
    for review, proposals in asked:
        was, now = ({row["item"]: row["evidence"] for row in one.snapshot} for one in proposals)
        items = [item for item in {*was, *now} if was.get(item) != now.get(item)]
        changed |= Q(subject=review.code, item__in=items)
        rules[review.code] = review.rules.items
    return {
        snapshot.evidence_hash(one) or "": one.statement
        or wording.value_display(rules[one.subject][one.item], one.value, one.passed, one.text)
        for one in Evidence.objects.filter(changed).order_by("recorded_at")
    }


def _row(one: Difference) -> Told:
    return {
        "kind": one.kind,
        "what": str(one.what),
        "was": str(one.was) if one.was is not None else "",
        "now": str(one.now) if one.now is not None else "",
    }
