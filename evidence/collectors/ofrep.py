"""G5.2 from a flag server by OFREP: every flag named in the sources file is there and answers."""

from dataclasses import dataclass
from urllib.parse import quote

from evidence.collectors.asked_source import AskedSource
from evidence.collectors.exchange import Exchange
from evidence.contract import Collector, Malformed, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.sentence import Sentence, say
from orr.sources.items import OfrepItem
from orr.sources.load import sources

ITEM = "G5.2"
# OFREP's answers about one flag: a value, a wrong evaluation, no such flag.
ANSWERS = (200, 400, 404)
# OpenFeature's error codes (specification 2.5, "types").
CODES = frozenset(
    {
        "FLAG_NOT_FOUND",
        "GENERAL",
        "INVALID_CONTEXT",
        "PARSE_ERROR",
        "PROVIDER_FATAL",
        "PROVIDER_NOT_READY",
        "TARGETING_KEY_MISSING",
        "TYPE_MISMATCH",
    }
)


@dataclass(frozen=True)
class Flags(AskedSource):
    """Each named flag, evaluated once; a flag without an answer is red, a server without one is an error."""

    settings: OfrepItem

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many flags answer with a value."""
        asking = Exchange(self.source)
        silent: dict[str, str] = {}
        for flag in self.settings.flags:
            why = self._evaluate(asking, flag)
            if why is not None:
                silent[flag] = why
        named = len(self.settings.flags)
        return Reading(
            value=float(named - len(silent)),
            passed=not silent,
            text=f"{named - len(silent)} / {named}",
            samples=named,
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self.settings.link or self.source.link or "",
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=_told(silent),
        )

    def _evaluate(self, asking: Exchange, flag: str) -> str | None:
        """Why the flag does not answer with a value, None if it does. Raises as `Exchange`, and Malformed."""
        path = f"/ofrep/v1/evaluate/flags/{quote(flag, safe='')}"
        status, told = asking.document("POST", path, {"context": self.settings.context}, answers=ANSWERS)
        # An answer about another flag, or one that names none, says nothing about this one.
        if told.get("key") != flag:
            raise self._no_answer(asking, flag)
        code = told.get("errorCode")
        if isinstance(code, str) and code in CODES:
            return code
        if status != 200 or code is not None:
            raise self._no_answer(asking, flag)
        if "value" not in told and isinstance(told.get("reason"), str):
            # What OFREP calls a code default: the server leaves the value to the program.
            return "CODE_DEFAULT"
        if told.get("reason") == "ERROR":
            return "ERROR"
        if not isinstance(told.get("value"), bool | int | float | str | dict):
            raise self._no_answer(asking, flag)
        return None

    def _no_answer(self, asking: Exchange, flag: str) -> Malformed:
        words = {"name": self.source.name, "flag": flag}
        return asking.malformed(say("%(name)s sent no answer about the flag %(flag)s.", **words))


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, OfrepItem):
        raise Unconfigured(waiting(ITEM))
    return Flags(item.source, item.settings)


def _told(silent: dict[str, str]) -> Sentence | None:
    if not silent:
        return None
    flags = ", ".join(f"{flag} ({why})" for flag, why in silent.items())
    return say("These flags do not answer with a value: %(flags)s.", flags=flags[:500])
