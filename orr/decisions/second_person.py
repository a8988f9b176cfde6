"""What the second person does about a recorded analysis: close it, or send it back with a reason."""

from django.db import transaction

from orr.accounts.models import User
from orr.decisions import analyses
from orr.decisions.rca_models import Rca, RcaReturn, RcaRevision
from orr.decisions.words import required
from orr.events.vocabulary import Event
from orr.lib import clock
from orr.lib.errors import Conflict
from orr.lib.met import require
from orr.lib.sentence import say
from orr.reviews import actions as reviews
from orr.reviews.models import Review


@transaction.atomic
def close(*, code: str, note: str, expected_digest: str, actor: User) -> Rca:
    """Close the recorded analysis as a second person, with a word. Raises Invalid, NotAllowed, Conflict."""
    stated = required(note, "/note")
    review, analysis, newest = _read(code, expected_digest, actor)
    analysis.closed_at, analysis.closed_by, analysis.closing_note = clock.now(), actor, stated
    analysis.save(update_fields=["closed_at", "closed_by", "closing_note"])
    analyses.tell(Event.RCA_CLOSED, "rca.closed", review, newest.digest, actor)
    return analysis


@transaction.atomic
def send_back(*, code: str, reason: str, expected_digest: str, actor: User) -> RcaReturn:
    """Send the recorded analysis back to its writers as a second person: it is owed again, its clock goes on.

    Raises Invalid without a reason, NotAllowed, Conflict.
    """
    stated = required(reason, "/note")
    review, _, newest = _read(code, expected_digest, actor)
    made = RcaReturn.objects.create(revision=newest, by=actor, at=clock.now(), reason=stated)
    analyses.tell(Event.RCA_RETURNED, "rca.returned", review, newest.digest, actor)
    return made


def _read(code: str, expected_digest: str, actor: User) -> tuple[Review, Rca, RcaRevision]:
    """The recorded analysis and the version that the person read, under the review's lock."""
    review = reviews.lock(code, actor)
    analysis = analyses.need(review)
    require(analyses.may_close(review, analysis, actor))
    newest = analysis.newest
    if analysis.closed_at is not None:
        raise Conflict(say("%(name)s closed this analysis.", name=str(analysis.closed_by)))
    if analysis.recorded_at is None or newest is None:
        raise Conflict(say("The analysis is not recorded yet; there is nothing to close."))
    if newest.digest != expected_digest:
        raise Conflict(say("The analysis is another than the one you were shown; look again."))
    return review, analysis, newest
