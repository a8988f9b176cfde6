"""Where a review stands among others: what it re-reviews and carried over, what it or another replaced."""

from dataclasses import asdict
from typing import Any

from orr.changes import difference
from orr.decisions import superseding
from orr.decisions.former import unanalysed
from orr.reports import wording
from orr.reviews.models import Review, code_of
from orr.reviews.standing import Standing
from orr.reviews.states import COLLECTING

Told = dict[str, Any]


def lineage(review: Review, live: Standing) -> Told:
    """The former review and later ones, what replaced what, who waits for the same target, what is owed."""
    return {
        "re_review": _former(review, live) if review.re_review_of else None,
        "re_reviews": [code_of(n) for n in review.re_reviews.order_by("pk").values_list("pk", flat=True)],
        "replaced_by": code_of(review.replaced_by_id) if review.replaced_by_id else None,
        "replaces": [code_of(n) for n in review.replaces.order_by("pk").values_list("pk", flat=True)],
        "owed_by": unanalysed(review) if review.state in COLLECTING else [],
        "same_target": [_older(review, one) for one in superseding.waiting(review)],
    }


def _former(review: Review, live: Standing) -> Told:
    former = review.re_review_of
    assert former is not None  # noqa: S101  the caller asked
    found = difference.between(former.body, review.body)
    known = [item for item in live.items if item.evidence]
    carried = [item.code for item in known if item.evidence and item.evidence.carried_from]
    return {
        "id": former.code,
        "title": former.title,
        "state": former.state,
        "state_title": wording.state_title(former.state),
        "carried": carried,
        "collected": len(known) - len(carried),
        "items": [asdict(item) for item in found.items],
        "fields": [asdict(part) for part in found.fields],
        "hidden": False,
        "environment": None if former.environment == review.environment else former.environment,
    }


def _older(review: Review, older: Review) -> Told:
    return {
        "id": older.code,
        "title": older.title,
        "state": older.state,
        "state_title": wording.state_title(older.state),
        "requester": older.requester.name,
        "targets": difference.shared(review.body, older.body),
    }
