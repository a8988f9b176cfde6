"""Who vouched for an item: by a statement, or by sending a result that nobody signed.

A result in a signed envelope is vouched for by its key; any other is worth what its sender says. So is a
number beside an envelope, which holds none: the key vouches for yes or no alone.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from evidence.models import PUSHED, Evidence

SIGNED = f"{PUSHED}in-toto"
Items = dict[UUID, set[str]]


@dataclass(frozen=True)
class Vouched:
    """The items of one subject by person: stated, and sent."""

    stated: Mapping[UUID, frozenset[str]]
    sent: Mapping[UUID, frozenset[str]]


def vouched(subjects: Collection[str], person: UUID | None = None) -> dict[str, Vouched]:
    """What people (or the one person) ever vouched for in each subject; one query."""
    by_a_key = Q(collector=SIGNED, value=None)
    named = _named("attested_by", person) | (_named("pushed_by", person) & ~by_a_key)
    rows = Evidence.objects.filter(named, subject__in=list(subjects))
    stated: dict[str, Items] = {subject: defaultdict(set) for subject in subjects}
    sent: dict[str, Items] = {subject: defaultdict(set) for subject in subjects}
    for subject, item, word_of, sender, collector, value in rows.values_list(
        "subject", "item", "attested_by", "pushed_by", "collector", "value"
    ):
        if word_of is not None:
            stated[subject][word_of].add(item)
        if sender is not None and (collector != SIGNED or value is not None):
            sent[subject][sender].add(item)
    return {one: Vouched(_frozen(stated[one]), _frozen(sent[one])) for one in subjects}


def _frozen(items: Items) -> dict[UUID, frozenset[str]]:
    return {who: frozenset(codes) for who, codes in items.items()}


def _named(column: str, person: UUID | None) -> Q:
    return Q(**{f"{column}__isnull": False}) if person is None else Q(**{column: person})
