"""What a verified delivery does: opens a review once, or lets a deployment wait for one."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from orr.accounts import teams
from orr.accounts.models import SYSTEM_USERNAME, User
from orr.changes.digest import change_set_digest
from orr.hooks import answers, change
from orr.hooks.heard import Delivery as Heard
from orr.hooks.heard import Release, Request, Whole
from orr.hooks.models import Ask, Delivery, Opening, Refusals
from orr.lib.canonical import canonical_bytes, sha256_hex
from orr.lib.errors import FieldError, Invalid, NotAllowed
from orr.lib.sentence import Sentence, say
from orr.reviews import actions as reviews
from orr.reviews import reviewed
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.sources.hooks import Hook, Repository
from orr.tlog import log

# The first half of the advisory locks of this module; any constant that no other module uses.
LOCKS = 0x0DF


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery. `made`: it opened the review that is named."""

    sentence: Sentence
    review: Review | None = None
    made: bool = False


@transaction.atomic
def receive(*, hook: Hook, heard: Heard) -> Outcome:
    """Do what the delivery asks for, once: a second one with its id, or of the same release, finds the first.

    Deliveries of one hook are taken one after the other. Raises Invalid, NotAllowed, Conflict: then
    nothing was written, and the sender may deliver it again.
    """
    said = heard.said
    assert isinstance(said, Release | Request | Whole)  # noqa: S101  the others have no effect
    _one_at_a_time(hook)
    known = Delivery.objects.select_related("review").filter(hook=hook.name, delivery=heard.id).first()
    if known is not None:
        return Outcome(
            say("This delivery came before; %(code)s is its review.", code=known.review.code), known.review
        )
    if isinstance(said, Release):
        outcome = _release(hook, said)
    elif isinstance(said, Request):
        outcome = _request(hook, said)
    else:
        outcome = _whole(hook, said)
    assert outcome.review is not None  # noqa: S101  every effect is about a review
    if isinstance(said, Release | Request | Whole):
        Delivery.objects.create(
            hook=hook.name, delivery=heard.id, event=heard.event, sha256=heard.sha256, review=outcome.review
        )
    return outcome


def count_refusal(hook: Hook) -> None:
    """Count a delivery that was not signed as it has to be; nothing of it is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO hooks_refusals AS r (hook, count, last_at) VALUES (%s, 1, clock_timestamp())"
            " ON CONFLICT (hook) DO UPDATE SET count = r.count + 1, last_at = clock_timestamp()",
            [hook.name],
        )


def refusals() -> dict[str, int]:
    """How many deliveries of each configured hook were refused for their signature."""
    return dict(Refusals.objects.values_list("hook", "count"))


def _one_at_a_time(hook: Hook) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCKS, hook.name])


def _release(hook: Hook, said: Release) -> Outcome:
    of = _repository(hook, said.repository)
    known = _same_release(_openings(hook, of, of.environment).filter(version=said.tag), said.commit)
    if known is not None:
        return _known(known.review)
    before = reviewed.last(of.kind, of.item_name, of.environment, teams.owner_of(of.service_ids))
    body = change.of_release(said, of, before)
    return _open(hook, body, of.profile, of, said.tag, of.environment, said.commit)


def _same_release(there: QuerySet[Opening], commit: str) -> Opening | None:
    """Of what was opened for a tag, that of this commit; None where it is another release.

    A tag that was moved is one. Where the sender names no commit there is nothing to compare.
    """
    if not commit:
        return there.order_by("-pk").first()
    return there.filter(commit=commit).first() or _unpinned(there, commit)


def _unpinned(there: QuerySet[Opening], commit: str) -> Opening | None:
    """What was opened without a commit, which takes this one; None where nothing may take it.

    Only while nothing is proposed: later a tag that was moved would carry a decision over to what nobody
    has seen.
    """
    found = there.filter(commit="").first()
    if found is None or reviews.lock(found.review.code).state != State.CHECKING:
        return None
    Opening.objects.filter(pk=found.pk, commit="").update(commit=commit)
    return found


def _request(hook: Hook, said: Request) -> Outcome:
    of = _repository(hook, said.repository)
    here = of.here(said.environment)
    if here is None or hook.source is None:
        raise Invalid([FieldError("/environment", say("This environment is not one that is reviewed here."))])
    covering = _covering(hook, of, here, said)
    if covering is None:
        before = reviewed.last(of.kind, of.item_name, here, teams.owner_of(of.service_ids))
        body = change.of_request(said, of, here, before)
        outcome = _open(hook, body, of.profile, of, said.commit, here, said.commit)
        version = said.commit
    else:
        version = covering.version
        found = answers.newest(covering.review, of.item_name, version, here)
        outcome = Outcome(say("The deployment waits for %(code)s.", code=found.code), found)
    assert outcome.review is not None  # noqa: S101  it was found or opened just now
    _ask(hook, hook.source, said, outcome.review, {"item": of.item_name, "version": version, "here": here})
    return outcome


def _whole(hook: Hook, said: Whole) -> Outcome:
    digest = change_set_digest(said.change_set)
    known = (
        Opening.objects.select_related("review").filter(hook=hook.name, repository="", version=digest).first()
    )
    if known is not None:
        return _known(known.review)
    return _open(hook, said.change_set, said.profile, None, digest, "", "")


def _covering(hook: Hook, of: Repository, here: str, said: Request) -> Opening | None:
    """What was opened for this very commit; None where nothing was.

    A release whose commit nobody said takes the commit of the first deployment that asks.
    """
    there = _openings(hook, of, here)
    known = there.filter(commit=said.commit).order_by("-pk").first()
    return known or _unpinned(there.filter(version=said.ref.removeprefix("refs/tags/")), said.commit)


def _ask(hook: Hook, source: str, said: Request, review: Review, about: Mapping[str, str]) -> None:
    """The deployment waits for the review; `about`: what that has to be about, as an Ask keeps it."""
    locked = reviews.lock(review.code)
    ask, made = Ask.objects.get_or_create(
        source=source, kind=said.kind, repository=said.repository, number=said.number,
        environment=said.environment, deployment=said.deployment,
        defaults={
            "hook": hook.name, "review": locked, "project": said.project,
            "installation": said.installation, "commit": said.commit, **about,
        },
    )  # fmt: skip
    if not made:
        return
    log.append(
        kind="deployment.asked", review=locked.code, artefacts={"ask": _sealed(ask)},
        actor=str(locked.requester_id),
    )  # fmt: skip
    answers.settle(subject=locked.code)
    reviews.touch(locked.code)


def _open(
    hook: Hook, body: dict[str, object], profile: str | None, of: Repository | None, version: str, here: str,
    commit: str,
) -> Outcome:  # fmt: skip
    review = reviews.open_review(change_set=body, profile=profile, actor=_requester(hook))
    Opening.objects.create(
        hook=hook.name, repository=of.name.lower() if of else "", version=version, environment=here,
        stated=commit, commit=commit, review=review,
    )  # fmt: skip
    return Outcome(say("%(code)s was opened.", code=review.code), review, made=True)


def _requester(hook: Hook) -> User:
    """The account of the hook: it requests, so it never signs. Raises NotAllowed where it cannot."""
    found = (
        User.objects.filter(username=hook.account, is_active=True).exclude(username=SYSTEM_USERNAME).first()
    )
    if found is None:
        raise NotAllowed(
            say(
                "The hook %(hook)s names no active account (%(account)s).",
                hook=hook.name,
                account=hook.account,
            )
        )
    return found


def _repository(hook: Hook, name: str) -> Repository:
    found = hook.repository(name)
    if found is None:
        raise Invalid([FieldError("/repository", say("The hook %(hook)s does not know it.", hook=hook.name))])
    return found


def _openings(hook: Hook, of: Repository, here: str) -> QuerySet[Opening]:
    there = Opening.objects.filter(hook=hook.name, repository=of.name.lower(), environment=here)
    return there.select_related("review")


def _known(review: Review) -> Outcome:
    return Outcome(say("%(code)s is the review of this release already.", code=review.code), review)


def _sealed(ask: Ask) -> str:
    """The hash of what was asked, for the log."""
    return sha256_hex(
        canonical_bytes(
            {
                "type": "plura.orr/ask/v1",
                "source": ask.source,
                "kind": str(ask.kind),
                "commit": ask.commit,
                "repository": ask.repository,
                "number": ask.number,
                "deployment": ask.deployment,
                "environment": ask.environment,
            }  # fmt: skip
        )
    )
