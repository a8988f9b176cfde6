"""The one place that knows every package: who listens to what, and which collector asks for which item."""

from typing import Any

from django.db.models.signals import post_migrate

from approvals import deputies
from evidence import actions as evidence
from evidence.collectors import (
    backups,
    calendar,
    cost,
    event_hub,
    kubernetes,
    oci,
    ofrep,
    opa,
    postgres_rls,
    prometheus,
    runbooks,
    templates,
)
from evidence.collectors.log import LogInclusion
from evidence.registry import register
from orr.accounts import recovery, roles
from orr.archive.collectors import ArchiveProbe
from orr.changes import collectors as content
from orr.decisions import analyses, announcing, endings
from orr.events.bus import subscribe
from orr.events.vocabulary import Event
from orr.exits import rehearsal
from orr.exits.collectors import PlanCollector, RehearsalCollector
from orr.grants import grant
from orr.hooks import answers
from orr.reviews import actions as reviews
from orr.reviews import acts, built_on, calendar_watch
from orr.reviews.collectors import MigrationOrder
from orr.rollouts import actions as rollouts

# What a reader of the board could see change; evidence marks it itself.
SHOWN = frozenset(Event) - {Event.EVIDENCE_RECORDED, Event.REVIEW_OPENED, Event.CALENDAR_CHANGED}
# What may let the answer to a waiting deployment fall.
ANSWERING = (
    Event.DECISION_TOOK_EFFECT,
    Event.GUARD_CONFIRMED,
    Event.NO_GO_RECORDED,
    Event.REVIEW_WITHDRAWN,
    Event.EXIT_STARTED,
)


def connect() -> None:
    """Subscribe the handlers and register the collectors; called once, when all apps are loaded."""
    post_migrate.connect(grant, dispatch_uid="orr.grants")
    evidence.still_open = reviews.still_collecting
    roles.in_use = reviews.any_was_opened
    recovery.also_ends = deputies.end_all
    _subscribe()
    _collect()


def _subscribe() -> None:
    subscribe(Event.EVIDENCE_RECORDED, reviews.mark_decidable)
    subscribe(Event.EVIDENCE_RECORDED, endings.on_evidence)
    subscribe(Event.REVIEW_WITHDRAWN, endings.on_withdrawn)
    subscribe(Event.REVIEW_OPENED, rehearsal.on_review)
    subscribe(Event.CHANGE_SET_EDITED, rehearsal.on_review)
    subscribe(Event.NO_GO_RECORDED, analyses.on_no_go)
    subscribe(Event.EXIT_STARTED, analyses.on_exit)
    subscribe(Event.EXIT_STARTED, built_on.ask_again)
    subscribe(Event.REVIEW_CLOSED, built_on.ask_again)
    subscribe(Event.BREAK_GLASS_USED, analyses.on_break_glass)
    subscribe(Event.DECISION_TOOK_EFFECT, rollouts.on_effect)
    # After the guards of the decision were written down: they are waited for.
    for event in ANSWERING:
        subscribe(event, answers.settle)
    subscribe(Event.CALENDAR_CHANGED, calendar_watch.on_calendar)
    subscribe(Event.PROPOSAL_MADE, announcing.on_proposal)
    subscribe(Event.DECISION_TOOK_EFFECT, announcing.on_effect)
    subscribe(Event.PROPOSAL_ENDED, announcing.on_ended)
    subscribe(Event.NO_GO_RECORDED, announcing.on_no_go)
    for event in sorted(SHOWN):
        subscribe(event, _touch)


def _touch(*, subject: str, **_: Any) -> None:
    acts.touch(subject)


def _collect() -> None:
    for code in ("G1.1", "G1.2", "G1.3"):
        register(code, prometheus.factory(code, prometheus.Latency))
    register("G1.4", prometheus.factory("G1.4", prometheus.SuccessRate))
    register("G2.1", PlanCollector)
    register("G2.2", RehearsalCollector)
    register("G3.1", opa.factory)
    register("G3.2", prometheus.factory("G3.2", prometheus.NoIncrease))
    register("G8.1", LogInclusion)
    register("G8.2", ArchiveProbe)
    register("G2.3", oci.factory)
    register("G4.1", content.ValidContent, brings=content.brings)
    register("G4.2", MigrationOrder)
    register("G4.3", postgres_rls.factory)
    register("G5.1", cost.factory)
    register("G5.2", ofrep.factory)
    register("G6.1", backups.factory, rehearsed=True)
    register("G6.2", kubernetes.factory("G6.2"), rehearsed=True)
    register("G6.3", kubernetes.factory("G6.3"), rehearsed=True)
    register("G7.1", templates.factory)
    register("G7.2", event_hub.factory)
    register("G7.3", calendar.factory)
    register("G7.4", runbooks.factory)
