"""Another version of a profile over the reviews that were decided by it, as far as the reader sees them.

It is computed when it is asked for, a page of reviews at a time: a stored result would be of other reviews
and another version by the time it is read, and a page is one query for the reviews and one for each.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q, QuerySet

from approvals.models import Approval
from evidence import actions as evidence_actions
from evidence.latest import Latest
from evidence.models import PUSHED
from orr.accounts.models import User
from orr.decisions.models import Decision
from orr.lib.sentence import Sentence, say
from orr.policies.models import PolicyVersion
from orr.profiles import merge
from orr.profiles.schema import Profile, Rule, Wrong
from orr.reviews import replay, sight
from orr.reviews.models import Review, number_of
from orr.reviews.replay import PROOFS, Archived, Past, Replayed
from orr.reviews.standing import bound_of

PAGE = 50


@dataclass(frozen=True)
class Row:
    """One decided review and what the other version would have said; `why` where that cannot be told.

    `archived`: its evidence as recorded; `rules`: those of the other version, in union with what it joins.
    """

    decision: Decision
    told: Replayed | None
    why: Sentence | None = None
    archived: Mapping[str, Archived] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)

    @property
    def change(self) -> str:
        """`same`, `looser`, `stricter` or `unknown`."""
        return self.told.change if self.told else replay.UNKNOWN

    @property
    def missed(self) -> bool:
        """Whether it was stopped then, and would have been let through."""
        return self.decision.decision == "no_go" and self.change == "looser"


@dataclass(frozen=True)
class Page:
    """The latest decided reviews first; `total` are in sight, `older` names where the next page begins."""

    rows: tuple[Row, ...]
    total: int
    older: str | None

    def count(self, change: str) -> int:
        """How many of this page's reviews changed in that way."""
        return sum(row.change == change for row in self.rows)

    @property
    def missed(self) -> list[Row]:
        """Those that were stopped then, and would have been let through."""
        return [row for row in self.rows if row.missed]


def over(
    *, wanted: Profile, place: str, viewer: User, before: str | None = None, limit: int = PAGE
) -> Page:  # fmt: skip
    """Replay `wanted` in the place of the profile `place`, in every review that was decided by that one.

    `before`: the code of the last review of the page before; one that is not among them begins anew.
    """
    found = decided(place, viewer)
    rows = list(_after(found, before)[: limit + 1])
    shown = rows[:limit]
    kept = _versions(shown)
    told = tuple(_row(row, wanted, place, kept) for row in shown)
    return Page(told, found.count(), shown[-1].review.code if len(rows) > limit else None)


def decided(place: str, viewer: User) -> QuerySet[Decision]:
    """The decisions in the viewer's sight on reviews of that profile, alone or with others; latest first."""
    reviews = Review.objects.filter(sight.seen_by(viewer), profiles__contains=[{"name": place}])
    live = Approval.objects.filter(withdrawn_at=None)
    related = ("review__change_set", "proposal__request")
    return (
        Decision.objects.filter(review__in=reviews)
        .select_related(*related)
        .prefetch_related(Prefetch("proposal__request__approvals", queryset=live, to_attr="signed"))
        .order_by("-effective_at", "-pk")
    )


def _after(found: QuerySet[Decision], before: str | None) -> QuerySet[Decision]:
    last = found.filter(review=number_of(before) or 0).first() if before else None
    if last is None:
        return found
    same = Q(effective_at=last.effective_at, pk__lt=last.pk)
    return found.filter(Q(effective_at__lt=last.effective_at) | same)


def _versions(rows: Iterable[Decision]) -> dict[str, Profile]:
    """The profiles by the digest that reviews pinned of them; one that cannot be read is not among them."""
    wanted = {one["digest"] for row in rows for one in row.review.profiles}
    found: dict[str, Profile] = {}
    for version in PolicyVersion.objects.filter(digest__in=wanted):
        try:
            found[version.digest] = version.profile
        except ValueError:
            continue  # said of each review that pinned it
    return found


def _row(row: Decision, wanted: Profile, place: str, kept: Mapping[str, Profile]) -> Row:
    try:
        merged = _merged(row.review.profiles, wanted, place, kept)
    except Wrong as error:
        apart = say("These profiles cannot be put together: %(why)s", why=error.sentence)
        return Row(row, None, apart)
    if merged is None:
        return Row(row, None, say("A version of another profile that it was reviewed by is not kept."))
    past = past_of(row)
    return Row(row, replay.replay(past, merged), None, past.evidence, merged.items)


def _merged(
    pinned: Sequence[Mapping[str, str]], wanted: Profile, place: str, kept: Mapping[str, Profile]
) -> Profile | None:
    """The union in which `wanted` stands in the place of one profile; None where another is not kept."""
    parts = [wanted if one["name"] == place else kept.get(one["digest"]) for one in pinned]
    found = [part for part in parts if part is not None]
    return merge.union(found) if len(found) == len(parts) else None


def past_of(row: Decision) -> Past:
    """The review as it stood when it was decided: the evidence that was measured by then, and no later."""
    review, at = row.review, row.effective_at
    latest = evidence_actions.latest(review.code, bound=bound_of(review), until=at)
    rules = review.rules
    proposal = row.proposal
    signed = list(proposal.request.signed) if proposal else []  # type: ignore[attr-defined]
    filled = proposal.request.filled_at if proposal else None
    payload = json.loads(bytes(proposal.payload)) if proposal else {"risk": {}}
    return Past(
        decision=row.decision,
        at=at,
        kinds=review.change_set.kinds,
        rules=rules,
        evidence={code: _archived(found, rules, review) for code, found in latest.items()},
        signed_within=(filled - proposal.proposed_at).total_seconds() if proposal and filled else None,
        proof=min((one.method for one in signed), key=PROOFS.index, default=None),
        named=frozenset(proposal.break_glass or ()) if proposal else frozenset(),
        score=payload["risk"].get("score"),
    )


def _archived(found: Latest, rules: Profile, review: Review) -> Archived:
    row, rule = found.evidence, rules.items[found.evidence.item]
    return Archived(
        measured=found.measured,
        comparator=row.comparator,
        threshold=row.threshold,
        binds_to=row.binds_to,  # type: ignore[arg-type]
        window=rule.window,
        unit=rule.unit,
        pushed=row.collector.startswith(PUSHED),
        role=row.attested_role,
        own=not row.carried_from and row.measured_at >= review.change_set.made_at,
    )
