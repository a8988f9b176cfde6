"""How every act on a review begins and ends: lock it, move it, mark it as changed."""

from django.db import connection
from django.db.models import F

from orr.accounts.models import User
from orr.lib import clock
from orr.lib.errors import Conflict, NotFound
from orr.lib.sentence import Sentence, say
from orr.reviews import sight
from orr.reviews.models import Review, number_of
from orr.reviews.states import State, Verb, after


def find(code: str, viewer: User | None = None) -> Review:
    """The review of that code. Raises NotFound, also where it is out of the viewer's sight.

    `viewer` None is the system itself: whoever asks for a person names them.
    """
    number = number_of(code)
    review = (
        Review.objects.select_related("change_set", "requester").filter(pk=number).first() if number else None
    )
    if review is None:
        raise NotFound(sight.nothing(code))
    if viewer is not None:
        sight.require(review, viewer)
    return review


def lock(code: str, actor: User | None = None) -> Review:
    """The review, its row locked until the transaction ends; first in every act. Raises NotFound.

    The row is locked alone and read afterwards: a join would look for the change set of before the wait.
    `actor`: as with `find`; every act of a person names them, so that another team's review isn't there.
    """
    number = number_of(code) or 0
    list(Review.objects.select_for_update().filter(pk=number).values_list("pk"))
    return find(code, actor)


def require(review: Review, verb: Verb) -> State:
    """The state `verb` leads to. Raises Conflict with the reason where the table has none."""
    target = after(State(review.state), verb)
    if target is None:
        raise Conflict(
            say(
                "%(code)s is %(state)s; that no longer allows this.",
                code=review.code,
                state=state_sentence(review.state),
            )
        )
    return target


def move(review: Review, verb: Verb, actor: User) -> State:
    """Compare and set the state by the table; the database writes the transition.

    Raises Conflict where the table has no such step or another act came first.
    """
    target = require(review, verb)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('orr.verb', %s, true), set_config('orr.actor', %s, true)",
            [verb.value, str(actor.pk)],
        )
    moved = Review.objects.filter(pk=review.pk, state=review.state).update(
        state=target, version=F("version") + 1, updated_at=clock.now()
    )
    if not moved:
        raise Conflict(say("Another act on %(code)s came first; look again.", code=review.code))
    review.state = target
    return target


def touch(code: str) -> None:
    """Mark the review as changed, so that open pages and cached bodies renew."""
    Review.objects.filter(pk=number_of(code) or 0).update(version=F("version") + 1, updated_at=clock.now())


_STATES = {
    State.CHECKING: say("being checked"),
    State.PROPOSED: say("proposed"),
    State.VOID: say("void"),
    State.EFFECTIVE: say("effective"),
    State.NO_GO: say("No-Go"),
    State.ROLLING_OUT: say("rolling out"),
    State.OBSERVING: say("being observed"),
    State.CLOSED: say("closed"),
    State.WITHDRAWN: say("withdrawn"),
    State.EXITING: say("being taken back"),
    State.EXITED: say("taken back"),
}


def state_sentence(state: str) -> Sentence:
    """The state in words."""
    return _STATES[State(state)]
