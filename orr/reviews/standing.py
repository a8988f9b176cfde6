"""Where every item of a review stands at a moment: its rule, its latest evidence, its verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from evidence import actions as evidence_actions
from evidence import registry
from evidence.models import Evidence
from evidence.verdict import Judgement, Verdict, judge, worst
from orr.changes.digest import items_digest
from orr.lib.sentence import Sentence, say
from orr.profiles.schema import Profile, Rule
from orr.reviews.checklist import ITEMS
from orr.reviews.models import Review

PASSING = frozenset({Verdict.GREEN, Verdict.NOT_APPLICABLE})


@dataclass(frozen=True)
class ItemStanding:
    """One item: how it is judged now, and by which evidence."""

    code: str
    rule: Rule
    applies: bool
    judgement: Judgement
    evidence: Evidence | None = None
    earlier_red: Evidence | None = None

    @property
    def gate(self) -> int:
        """The number of its gate."""
        return self.rule.gate

    @property
    def verdict(self) -> Verdict:
        """Its verdict."""
        return self.judgement.verdict

    @property
    def reason(self) -> Sentence | None:
        """Why it does not pass, or why it does not apply."""
        return self.judgement.reason

    @property
    def fresh_until(self) -> datetime | None:
        """Until when its evidence counts."""
        return self.judgement.fresh_until


@dataclass(frozen=True)
class Standing:
    """All items of one review at one moment."""

    at: datetime
    items: tuple[ItemStanding, ...]

    def of(self, code: str) -> ItemStanding:
        """The item of that code. Raises KeyError."""
        return {item.code: item for item in self.items}[code]

    @property
    def red(self) -> list[ItemStanding]:
        """The items that are red."""
        return [item for item in self.items if item.verdict is Verdict.RED]

    @property
    def open(self) -> list[ItemStanding]:
        """The items that are pending, stale or in error: not decidable yet, and not red."""
        return [
            item for item in self.items if item.verdict not in PASSING and item.verdict is not Verdict.RED
        ]

    @property
    def passing(self) -> bool:
        """Whether every item is green or does not apply."""
        return all(item.verdict in PASSING for item in self.items)

    @property
    def decidable(self) -> bool:
        """Whether no applicable item is pending: from here on the decision's clock runs."""
        return all(item.verdict is not Verdict.PENDING for item in self.items)

    @property
    def next_boundary(self) -> datetime | None:
        """The next moment at which a verdict changes by time alone."""
        ahead = [i.fresh_until for i in self.items if i.fresh_until and i.fresh_until > self.at]
        return min(ahead, default=None)

    def gate_verdict(self, number: int) -> Verdict:
        """The worst verdict of the gate's items; `not_applicable` if all of them are."""
        return worst([item.verdict for item in self.items if item.gate == number])


def bound_of(review: Review) -> dict[str, str]:
    """What evidence of this review is bound to, by kind of binding."""
    return {
        "environment": review.environment,
        "items": items_digest(review.body),
        "change_set": review.change_set.digest,
    }


def standing(review: Review, now: datetime, *, until: datetime | None = None) -> Standing:
    """Judge every item of the review at `now` by its latest evidence, `until` a moment where one is given."""
    latest = evidence_actions.latest(review.code, bound=bound_of(review), until=until)
    profile = review.rules
    kinds = review.change_set.kinds
    items = tuple(
        _item(profile, code, kinds, latest.get(code), now, review.change_set.body) for code in ITEMS
    )
    return Standing(now, items)


def _item(
    profile: Profile,
    code: str,
    kinds: frozenset[str],
    found: evidence_actions.Latest | None,
    now: datetime,
    change_set: Mapping[str, Any],
) -> ItemStanding:
    rule = profile.items[code]
    if not rule.applies_to(kinds):
        return ItemStanding(code, rule, False, Judgement(Verdict.NOT_APPLICABLE, _why_not(rule), False, None))
    judged = judge(found.measured if found else None, rule, now)
    if found is None:
        return ItemStanding(
            code, rule, True, replace(judged, reason=registry.waits_for(code, change_set) or judged.reason)
        )
    return ItemStanding(code, rule, True, judged, found.evidence, found.earlier_red)


def _why_not(rule: Rule) -> Sentence:
    if not rule.adopted:
        return say("Not adopted by this profile.")
    return say("Only for change sets with %(kinds)s.", kinds=", ".join(rule.kinds))
