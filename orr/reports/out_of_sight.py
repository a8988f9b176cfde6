"""The reviews that a reader may not be told of: in the facts they are another team's review, unnamed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q

from orr.accounts import membership
from orr.accounts.models import User
from orr.decisions.rca import OTHER
from orr.reviews import sight
from orr.reviews.models import Review, number_of

Told = dict[str, Any]


def names(codes: Iterable[str], review: Review, reader: User | None) -> dict[str, str]:
    """Each code as the reader is told it; without a reader as every member of the review's team is."""
    asked = set(codes) - {review.code}
    if not asked:
        return {review.code: review.code}
    numbers = [number for number in map(number_of, asked) if number]
    seen = sight.within(membership.sight(reader)) if reader else Q(team=review.team_id)
    found = {one.code for one in Review.objects.filter(seen, pk__in=numbers).only("pk")}
    return {review.code: review.code, **{code: code if code in found else str(OTHER) for code in asked}}


def veiled(facts: Mapping[str, Any], review: Review, reader: User | None) -> Told:
    """The facts, in which no review that is out of the reader's sight has its code, title or content."""
    known = names(_mentioned(facts), review, reader)
    if all(code == told for code, told in known.items()):
        return dict(facts)
    former = facts["re_review"]
    hidden = former is not None and known[former["id"]] != former["id"]
    return {
        **facts,
        **{name: _one(facts[name], known) for name in ("re_review_of", "replaced_by")},
        **{name: _each(facts[name], known) for name in ("re_reviews", "replaces", "owed_by")},
        "re_review": {**former, **UNTOLD, "id": str(OTHER)} if hidden else former,
        "same_target": [one for one in facts["same_target"] if known[one["id"]] == one["id"]],
        "gates": [_gate(gate, known) for gate in facts["gates"]],
    }


UNTOLD: Told = {
    "title": "", "state": "", "state_title": "", "items": [], "fields": [],
    "environment": None, "hidden": True,
}  # fmt: skip


def _mentioned(facts: Mapping[str, Any]) -> Iterator[str]:
    for name in ("re_review_of", "replaced_by"):
        if facts[name]:
            yield facts[name]
    for name in ("re_reviews", "replaces", "owed_by"):
        yield from facts[name]
    yield from (one["id"] for one in facts["same_target"])
    for gate in facts["gates"]:
        yield from (item["carried_from"] for item in gate["items"] if item["carried_from"])


def _one(code: str | None, known: Mapping[str, str]) -> str | None:
    return known[code] if code else None


def _each(codes: Iterable[str], known: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(known[code] for code in codes))


def _gate(gate: Told, known: Mapping[str, str]) -> Told:
    return {**gate, "items": [_item(item, known) for item in gate["items"]]}


def _item(item: Told, known: Mapping[str, str]) -> Told:
    if not item["carried_from"]:
        return item
    told = known[item["carried_from"]]
    evidence = [{**one, "carried_from": one["carried_from"] and told} for one in item["evidence"]]
    return {**item, "carried_from": told, "evidence": evidence}
