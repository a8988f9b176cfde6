"""When a waiting deployment is answered, and with what: decided with the act itself, sent afterwards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, Q

from orr.decisions.expiry import expired
from orr.decisions.models import Decision
from orr.decisions.rules import Choice
from orr.guards import actions as guards
from orr.hooks.models import Answer, AnswerState, Ask
from orr.hooks.waking import wake
from orr.lib import clock
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.lib.errors import Invalid, Unavailable
from orr.lib.sentence import Sentence, say
from orr.policies import enforcement
from orr.reviews import actions as reviews
from orr.reviews.models import Review, code_of, number_of
from orr.reviews.states import State
from orr.sources.hooks import Repository
from orr.sources.load import sources
from orr.tlog import log

REFUSED = (State.NO_GO, State.WITHDRAWN, State.EXITING, State.EXITED)


@dataclass(frozen=True)
class Verdict:
    """What the platform is told, and why."""

    approved: bool
    why: Sentence


def settle(*, subject: str, **_: Any) -> None:
    """Write the answer of every deployment that waits for the review, if the decision has fallen by now.

    Listens to whatever lets a decision fall, in that act's own transaction and under its lock.
    """
    asked = Ask.objects.filter(review=number_of(subject) or 0, answer=None).order_by("pk")
    if not asked:
        return
    review, now = reviews.find(subject), clock.now()
    # The modes of services are locked after their review and never before: one in shadow is looked at below.
    if not (review.shadow or any(verdict(review, ask, now) for ask in asked)):
        return
    review, now = reviews.lock(subject), clock.now()
    decided = [(ask, found) for ask in asked.all() if (found := verdict(review, ask, now)) is not None]
    for ask, found in decided:
        _write(review, ask, found, now)
    if decided:
        reviews.touch(review.code)


def verdict(review: Review, ask: Ask, now: datetime) -> Verdict | None:
    """The answer to `ask` as the review stands at `now`; None while there is none to give.

    A review in shadow lets at once go what is of services in shadow. A Go is one once every guard of it was
    read back. Both only while the review is about what waits: its change set may have been edited. A
    proposal that went void leaves the deployment waiting for the next one; one that nobody signed in time,
    and a decision past its time, are refused.
    """
    code, ours = review.code, about(review, ask.item, ask.version, place(ask))
    if ours and review.shadow and _of_shadow(ask):
        return Verdict(True, say("%(code)s is in shadow: it is recorded and stops nothing.", code=code))
    if review.state in REFUSED:
        return Verdict(False, _refusal(review))
    if Review.objects.filter(expired(now), pk=review.pk).exists():
        return Verdict(False, say("%(code)s has expired; the change needs a new review.", code=code))
    decision = Decision.objects.select_related("proposal").filter(review=review).first()
    if decision is None or decision.proposal is None or decision.valid_until is None:
        return None
    if not ours:
        words = {"code": code, "version": ask.version}
        return Verdict(False, say("%(code)s is not about %(version)s any more.", **words))
    if now >= decision.valid_until:
        return Verdict(False, say("The Go of %(code)s was for a deployment before now.", code=code))
    if not _guarded(decision, now):
        return None
    return Verdict(True, _go(review, decision))


@transaction.atomic
def stands(answer: Answer) -> None:
    """Look once more before an approval goes out: what was withdrawn meanwhile is refused instead.

    Changes `answer` where it does. Raises Unavailable while a guard does not hold.
    """
    if not answer.approved:
        return
    review = reviews.lock(answer.ask.review.code)
    found = verdict(review, answer.ask, clock.now())
    if found is None:
        raise Unavailable(
            say("A guard of %(code)s does not hold any more; the answer waits.", code=review.code)
        )
    if not found.approved:
        waiting = Answer.objects.filter(pk=answer.pk, state=AnswerState.WAITING)
        waiting.update(approved=False, why=found.why)
        answer.approved, answer.why = False, found.why
        _log(review, answer.ask, found)


def newest(review: Review, item: str, version: str, here: str) -> Review:
    """The review that followed this one last and is about the same: its re-review, or what replaced it.

    None in shadow follows a real one: it would let go what that one holds back.
    """
    seen = {review.pk}
    while True:
        after = Q(pk=review.replaced_by_id) | Q(re_review_of=review)
        rows = Review.objects.filter(after, team=review.team_id)
        if not review.shadow:
            rows = rows.filter(shadow=False)
        following = rows.select_related("change_set").exclude(pk__in=seen).order_by("-pk")
        found = next((one for one in following if about(one, item, version, here)), None)
        if found is None:
            return review
        seen.add(found.pk)
        review = found


def about(review: Review, item: str, version: str, here: str) -> bool:
    """Whether the change set brings this version of the item, to our environment `here`."""
    brings = any(one["name"] == item and one["to"]["version"] == version for one in review.body["items"])
    return brings and review.environment == here


def place(ask: Ask) -> str:
    """Our environment that the deployment goes to; of one that asked before this was kept, as the file says.

    Empty where nobody knows: no review is about that.
    """
    if ask.here:
        return ask.here
    of = _repository(ask)
    return (of.here(ask.environment) or "") if of else ""


def waiting() -> list[str]:
    """The codes of the reviews for which deployments wait, longest first."""
    asked = Ask.objects.filter(answer=None).values_list("review_id").annotate(first=Min("pk"))
    return [code_of(number) for number, _ in asked.order_by("first")]


@transaction.atomic
def look(code: str) -> None:
    """The same as `settle`, in a transaction of its own: what time alone decided, or no listener heard."""
    settle(subject=code)


def _of_shadow(ask: Ask) -> bool:
    """Whether all services that the file names for what waits are in shadow; not where nobody knows."""
    of = _repository(ask)
    return of is not None and enforcement.in_shadow(of.service_ids)


def _repository(ask: Ask) -> Repository | None:
    """What the sources file says of the repository; None where it says nothing, or cannot be read."""
    try:
        hook = sources().hooks.get(ask.hook)
    except Invalid:
        return None
    return hook.repository(ask.repository) if hook else None


def _guarded(decision: Decision, now: datetime) -> bool:
    held = guards.of(decision.review.code)
    if decision.decision == Choice.GO_WITH_GUARDS and not held:
        return False
    return not guards.unproven(held, now)


def _go(review: Review, decision: Decision) -> Sentence:
    if decision.decision == Choice.GO_WITH_GUARDS:
        return say("%(code)s: Go with Guards, and every guard was read back.", code=review.code)
    return say("%(code)s: Go.", code=review.code)


def _refusal(review: Review) -> Sentence:
    if review.state == State.NO_GO:
        return say("%(code)s: No-Go.", code=review.code)
    if review.state == State.WITHDRAWN:
        return say("%(code)s was withdrawn.", code=review.code)
    return say("%(code)s was taken back.", code=review.code)


def _write(review: Review, ask: Ask, found: Verdict, now: datetime) -> None:
    Answer.objects.create(ask=ask, approved=found.approved, why=found.why, decided_at=now)
    _log(review, ask, found)
    transaction.on_commit(wake, robust=True)


def _log(review: Review, ask: Ask, found: Verdict) -> None:
    sealed = canonical_bytes(
        {
            "type": "plura.orr/answer/v1",
            "review": review.code,
            "source": ask.source,
            "kind": str(ask.kind),
            "repository": ask.repository,
            "number": ask.number,
            "deployment": ask.deployment,
            "environment": ask.environment,
            "commit": ask.commit,
            "approved": found.approved,
        }  # fmt: skip
    )
    log.append(
        kind="deployment.answered", review=review.code, artefacts={"answer": sha256_hex(sealed)}, actor=None
    )
