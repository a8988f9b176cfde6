"""G4.2: every schema item is at a step that may come now, and its migration files are in order."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from evidence.contract import Facts, Lacking, Query, Reading, Window
from orr.changes import files, revisions, stages
from orr.changes.bounded import Unreadable
from orr.changes.stages import Before, Item, place
from orr.lib.canonical import canonical_bytes
from orr.lib.sentence import Sentence, joined, say
from orr.reviews.built_on import same_place
from orr.reviews.models import Review, number_of
from orr.reviews.states import State, Verb

# What is still observed may be taken back, and its step with it.
CARRIED_OUT = (State.CLOSED,)
# How many of them are looked through for the last step of a place.
LOOKED_BACK = 50


@dataclass(frozen=True)
class MigrationOrder:
    """Reads the change set, the files of its schema items, and what was carried out before."""

    name: str = "migration"
    seconds: float = 5.0
    own_facts: ClassVar[bool] = True

    def collect(self, query: Query, window: Window) -> Reading:
        """Passed when every schema item stands in order. Raises Lacking, Unavailable."""
        items = stages.schemas(query.facts.change_set)
        if not items:
            raise Lacking(say("No schema changes in this change set."))
        before = {place(item): last for item in items if (last := _last(query.facts, item))}
        found = stages.judge(items, before)
        until = time.monotonic() + self.seconds
        read = [_Files.of(item, until) for item in items]
        lacking = [*found.lacking, *(one for each in read for one in each.lacking)]
        wrong = [*found.wrong, *(one for each in read for one in each.wrong)]
        if not wrong and lacking:
            raise Lacking(joined(lacking))
        stated = {
            "items": [{"place": place(item), "migration": item.get("migration")} for item in items],
            "before": {where: vars(one) for where, one in before.items()},
            "files": [one for each in read for one in each.told],
        }
        links = [
            item["migration"]["plan_url"] for item in items if (item.get("migration") or {}).get("plan_url")
        ]
        return Reading(
            value=None, passed=not wrong, text=_text(items), samples=len(items),
            raw=canonical_bytes(stated), query="expand, migrate, contract", source=self.name,
            measured_at=window.end, url=links[0] if links else "", measured_on="candidate",
            detail=joined(wrong) if wrong else None,
        )  # fmt: skip


@dataclass(frozen=True)
class _Files:
    """What the migration files of one item say."""

    told: tuple[dict[str, str], ...]
    lacking: tuple[Sentence, ...]
    wrong: tuple[Sentence, ...]

    @classmethod
    def of(cls, item: Item, until: float) -> "_Files":
        wanted = [one for one in files.named({"items": [item]}) if is_migration(one.name)]
        told, lacking, wrong = [], [], []
        found: dict[str, list[revisions.Revision]] = {}
        for one in wanted:
            kept = files.read(one, until=until)
            if kept is None:
                lacking.append(files.not_sent(one))
                continue
            told.append(kept.as_json())
            try:
                if files.is_flyway(one.name):
                    wrong += revisions.flyway(one.item, kept.data)
                elif revision := revisions.read(one.name, kept.data):
                    found.setdefault(revision.tool, []).append(revision)
            except Unreadable as error:
                wrong.append(files.of_file(one, error.sentence))
        lacking += _unread(item)
        for shipped in found.values():
            wrong += revisions.out_of_order(item["name"], shipped)
        return cls(tuple(told), tuple(lacking), tuple(wrong))


def is_migration(name: str) -> bool:
    """Whether a schema item's file is looked at for its order, by its name."""
    return name.lower().endswith(".py") or files.is_flyway(name)


def _unread(item: Item) -> list[Sentence]:
    """SQL says nothing of its order: what Flyway says of it has to come along."""
    named = files.named({"items": [item]})
    if any(files.is_flyway(one.name) for one in named):
        return []
    return [
        files.of_file(one, say("SQL does not say its order; send what flyway info says beside it."))
        for one in named
        if one.name.lower().endswith(".sql")
    ]


def _last(facts: Facts, item: Item) -> Before | None:
    """The last step for the same place that this team carried out in this environment."""
    reviews = Review.objects.filter(
        team=facts.team, environment=facts.environment, state__in=CARRIED_OUT,
        change_set__body__items__contains=[same_place(item)], transitions__verb=Verb.START.value,
    )  # fmt: skip
    done = reviews.exclude(pk=number_of(facts.subject) or 0).select_related("change_set")
    steps = (
        Before(one["migration"]["stage"], review.code)
        for review in done.order_by("-transitions__at")[:LOOKED_BACK]
        for one in reversed(stages.schemas(review.body))
        if place(one) == place(item) and one.get("migration")
    )
    return next(steps, None)


def _text(items: list[Item]) -> str:
    return ", ".join(sorted({_stage(item) for item in items}))


def _stage(item: Mapping[str, Any]) -> str:
    return str((item.get("migration") or {}).get("stage", "–"))
