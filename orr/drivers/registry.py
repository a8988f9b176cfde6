"""Which driver serves a target: the kind of the source that the target begins with, in one explicit table."""

from collections.abc import Callable
from dataclasses import replace

from orr.drivers.contract import Driver, NoDriver
from orr.drivers.webhook import CALL_SECONDS, Webhook
from orr.lib.errors import Invalid
from orr.lib.sentence import Sentence, say
from orr.sources.load import Source, split_target


def _webhook(source: Source, seconds: float) -> Driver:
    return Webhook(
        source=replace(source, secret=None),
        secret=source.secret or "",
        idempotent=source.options.get("idempotent", True) is not False,
        seconds=seconds,
    )


KINDS: dict[str, Callable[[Source, float], Driver]] = {"webhook": _webhook}


def driver_for(target: str, *, named: str | None = None, seconds: float = CALL_SECONDS) -> Driver:
    """The driver of `target`; a single call of it takes at most `seconds`.

    `named`: the driver that the change set names; it has to be the source's kind. Raises NoDriver.
    """
    source = _source(target)
    if source is None:
        raise NoDriver(say("No source is configured for the target %(target)s.", target=target))
    if source.kind not in KINDS:
        words = {"name": source.name, "kind": source.kind}
        raise NoDriver(say("The source %(name)s is of the kind %(kind)s, which has no driver yet.", **words))
    if named and named != source.kind:
        words = {"target": target, "named": named, "kind": source.kind}
        raise NoDriver(say("%(target)s asks for the driver %(named)s; its source is %(kind)s.", **words))
    if source.problem is not None:
        raise NoDriver(source.problem)
    return KINDS[source.kind](source, seconds)


def _source(target: str) -> Source | None:
    try:
        return split_target(target)[0]
    except Invalid as wrong:
        raise NoDriver(wrong.sentence) from wrong


def why_not(target: str, named: str | None = None) -> Sentence | None:
    """Why no driver serves the target, or None if one does."""
    try:
        driver_for(target, named=named)
    except NoDriver as missing:
        return missing.sentence
    return None
