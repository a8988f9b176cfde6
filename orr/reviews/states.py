"""The state of a review: one table `(state, verb) → state` (pure). `expired` is computed, never stored."""

from enum import StrEnum


class State(StrEnum):
    """Where a review stands."""

    CHECKING = "checking"
    PROPOSED = "proposed"
    VOID = "void"
    EFFECTIVE = "effective"
    NO_GO = "no_go"
    ROLLING_OUT = "rolling_out"
    OBSERVING = "observing"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXITING = "exiting"
    EXITED = "exited"


class Verb(StrEnum):
    """What may be done to a review."""

    EDIT = "edit"
    PROPOSE = "propose"
    SIGN = "sign"
    VOID = "void"
    TAKE_EFFECT = "take_effect"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    START = "start"
    STAGE = "stage"
    FINISH = "finish"
    CLOSE = "close"
    EXIT = "exit"
    EXIT_DONE = "exit_done"


S, V = State, Verb
TABLE: dict[tuple[State, Verb], State] = {
    (S.CHECKING, V.EDIT): S.CHECKING,
    (S.VOID, V.EDIT): S.CHECKING,
    (S.CHECKING, V.PROPOSE): S.PROPOSED,
    (S.VOID, V.PROPOSE): S.PROPOSED,
    (S.PROPOSED, V.PROPOSE): S.PROPOSED,
    (S.PROPOSED, V.SIGN): S.PROPOSED,
    (S.PROPOSED, V.VOID): S.VOID,
    (S.PROPOSED, V.TAKE_EFFECT): S.EFFECTIVE,
    (S.CHECKING, V.REFUSE): S.NO_GO,
    (S.VOID, V.REFUSE): S.NO_GO,
    (S.PROPOSED, V.REFUSE): S.NO_GO,
    (S.CHECKING, V.WITHDRAW): S.WITHDRAWN,
    (S.VOID, V.WITHDRAW): S.WITHDRAWN,
    (S.PROPOSED, V.WITHDRAW): S.WITHDRAWN,
    (S.EFFECTIVE, V.WITHDRAW): S.WITHDRAWN,
    (S.EFFECTIVE, V.START): S.ROLLING_OUT,
    (S.ROLLING_OUT, V.STAGE): S.ROLLING_OUT,
    (S.ROLLING_OUT, V.FINISH): S.OBSERVING,
    (S.OBSERVING, V.CLOSE): S.CLOSED,
    (S.ROLLING_OUT, V.EXIT): S.EXITING,
    (S.OBSERVING, V.EXIT): S.EXITING,
    (S.CLOSED, V.EXIT): S.EXITING,
    (S.EXITING, V.EXIT_DONE): S.EXITED,
}
OPEN = frozenset({S.CHECKING, S.PROPOSED, S.VOID, S.EFFECTIVE, S.ROLLING_OUT, S.OBSERVING, S.EXITING})
COLLECTING = frozenset({S.CHECKING, S.PROPOSED, S.VOID, S.EFFECTIVE})
ENDED = frozenset(State) - OPEN


def after(state: State, verb: Verb) -> State | None:
    """The state that `verb` leads to from `state`, or None where it is not possible."""
    return TABLE.get((state, verb))
