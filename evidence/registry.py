"""Which collector answers which item, in one explicit table; and what an item waits for until one does."""

from collections.abc import Callable, Mapping
from typing import Any

from evidence.contract import Collector, Unconfigured
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say

ChangeSet = Mapping[str, Any]
Factory = Callable[[], Collector]
_factories: dict[str, Factory] = {}
# Items whose collector may want a pushed rehearsal beside what its source tells.
_rehearsed: set[str] = set()
# Of items whose collector reads the change set itself: whether this one brings along what it reads.
_brings: dict[str, Callable[[ChangeSet], bool]] = {}

_OR = "%(waits)s Until then a pushed result satisfies it, or a statement of a person in the role %(role)s."
_OR_PUSHED = "%(waits)s Until then a pushed result satisfies it."
_OR_STATED = "%(waits)s Until then a statement of a person in the role %(role)s satisfies it."

# What an item waits for while nothing can be asked, whose statement counts until then, whether a push does.
WAITING: dict[str, tuple[Sentence, Sentence | None, bool]] = {
    "G3.1": (say("This waits for an Open Policy Agent; the sources file names it."), say("Security"), True),
    "G3.3": (say("This waits for the pipeline's policy tests."), say("Security"), True),
    "G4.1": (say("This change set brings no Sigma rules or OCSF events as files."), say("Data"), True),
    "G4.4": (say("This waits for the replay of recorded traffic on the new digest."), say("Data"), True),
    "G5.1": (
        say("This waits for cost data; the sources file names them and the budget."),
        say("Product"),
        True,
    ),
    "G5.2": (
        say("This waits for a flag server; the sources file names it, and its flags."),
        say("Product"),
        True,
    ),
    "G6.1": (say("This waits for the rehearsal of point-in-time recovery."), say("SRE"), True),
    "G6.2": (say("This waits for the snapshot rehearsal."), say("SRE"), True),
    "G6.3": (say("This waits for the rehydration rehearsal."), say("SRE"), True),
    "G6.4": (say("This waits for somebody to review the impact on legal holds."), say("Data"), False),
    "G7.2": (say("This waits for an event hub: no broker is configured."), say("Product"), True),
    "G7.3": (
        say("This waits for the change calendar: its first line, or a feed in the sources file."),
        say("Product"),
        False,
    ),
    "G7.4": (
        say("This waits for the runbooks and continuity plans of the touched services."),
        say("Product"),
        True,
    ),
}


def register(
    code: str,
    factory: Factory,
    *,
    brings: Callable[[ChangeSet], bool] | None = None,
    rehearsed: bool = False,
) -> None:
    """Let `factory()` make the collector of the item; it raises Unconfigured while it has nothing to ask.

    `brings`: whether a change set holds what the collector reads; of one that does not, the item waits.
    `rehearsed`: whether its collectors may want a pushed rehearsal.
    """
    _factories[code] = factory
    if rehearsed:
        _rehearsed.add(code)
    if brings is not None:
        _brings[code] = brings


def collector(code: str, change_set: ChangeSet | None = None) -> Collector:
    """The item's collector, of that change set. Raises Unconfigured with what the item waits for."""
    factory = _factories.get(code)
    if factory is None or not _has(code, change_set):
        raise Unconfigured(waiting(code))
    return factory()


def waits_for(code: str, change_set: ChangeSet | None = None) -> Sentence | None:
    """What the item waits for, None where its collector can be asked."""
    try:
        collector(code, change_set)
    except Unconfigured as waiting:
        return waiting.sentence
    except OrrError as broken:
        # A wrong sources file is said when it is collected; the item is not one that waits.
        return broken.sentence
    return None


def measurable(code: str, change_set: ChangeSet | None = None) -> bool:
    """Whether the item can be measured now, so that nobody's word stands in for it."""
    try:
        collector(code, change_set)
    except Unconfigured:
        return False
    except OrrError:
        return True
    return True


def wants_rehearsal(code: str, change_set: ChangeSet | None = None) -> bool:
    """Whether a pushed result of the item is a rehearsal that counts with its source's reading only."""
    try:
        return bool(getattr(collector(code, change_set), "wants_rehearsal", False))
    except Unconfigured:
        return False
    except OrrError:
        # With a broken sources file nobody knows what it asks for: then a push alone makes nothing green.
        return code in _rehearsed


def _has(code: str, change_set: ChangeSet | None) -> bool:
    return change_set is None or code not in _brings or _brings[code](change_set)


def waiting(code: str) -> Sentence:
    """What the item waits for while nothing can be asked, and what satisfies it until then."""
    if code not in WAITING:
        return say("No collector answers this item yet.")
    waits, role, push = WAITING[code]
    if role is None:
        return say(_OR_PUSHED, waits=waits)
    return say(_OR if push else _OR_STATED, waits=waits, role=role)
