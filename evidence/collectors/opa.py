"""G3.1 from Open Policy Agent: the policy says true of this change set, by a known version of itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from evidence.collectors.asked_source import AskedSource
from evidence.collectors.exchange import Exchange
from evidence.contract import Collector, Facts, Malformed, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.sentence import Sentence, say
from orr.sources.items import OpaItem
from orr.sources.load import sources

ITEM = "G3.1"
SHOWN = ("kind", "name", "target", "from", "to")


@dataclass(frozen=True)
class Provenance:
    """Which Open Policy Agent answered, and by which revision of each of its bundles."""

    version: str
    revisions: Mapping[str, str]

    @property
    def bundles(self) -> str:
        """``name revision`` of each bundle; the name is empty in answers of before there were names."""
        return ", ".join(f"{name} {revision}".strip() for name, revision in sorted(self.revisions.items()))

    def revision(self, bundle: str | None) -> str:
        """The named bundle's revision, else that of the only one; empty where it cannot be told."""
        if bundle is not None:
            return self.revisions[bundle]
        return next(iter(self.revisions.values())) if len(self.revisions) == 1 else ""


@dataclass(frozen=True)
class Policy(AskedSource):
    """One document of the data API, asked with the facts of the change set."""

    settings: OpaItem

    def collect(self, query: Query, window: Window) -> Reading:
        """`passed` is the policy's word. Malformed for no word at all: an undefined document is no pass."""
        asking = Exchange(self.source)
        asked = {"input": facts_of(query.facts, self.settings.regions)}
        _, told = asking.document("POST", f"/v1/data/{self.settings.path}?provenance=true", asked)
        by = self._provenance(asking, told.get("provenance"))
        passed = self._result(asking, told)
        return Reading(
            value=None,
            passed=passed,
            text=_word(passed),
            samples=1,
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self._link(by),
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=self._said(passed, by),
        )

    def _result(self, asking: Exchange, told: dict[str, Any]) -> bool:
        path, key = self.settings.path, self.settings.key
        if "result" not in told:
            raise asking.malformed(say("The policy %(path)s is undefined there: no answer.", path=path))
        found = told["result"]
        if key is not None:
            path = f"{path}.{key}"
            if not isinstance(found, dict) or key not in found:
                raise asking.malformed(say("The policy %(path)s is undefined there: no answer.", path=path))
            found = found[key]
        if not isinstance(found, bool):
            raise asking.malformed(say("The policy %(path)s answers neither true nor false.", path=path))
        return found

    def _provenance(self, asking: Exchange, told: Any) -> Provenance:
        """Who answered. An answer that does not say so may be anybody's."""
        words = {"name": self.source.name, "bundle": self.settings.bundle or ""}
        by = _read(told)
        if by is None:
            why = say("%(name)s does not say by which policies it answered.", **words)
            raise asking.malformed(why)
        if self.settings.bundle is not None and self.settings.bundle not in by.revisions:
            raise asking.malformed(say("%(name)s has no bundle %(bundle)s with a revision.", **words))
        return by

    def _said(self, passed: bool, by: Provenance) -> Sentence:
        words = {"path": self.settings.path, "result": _word(passed), "version": by.version}
        if not by.revisions:
            return say(
                "%(path)s answers %(result)s, by policies without revision (Open Policy Agent %(version)s).",
                **words,
            )
        return say(
            "%(path)s answers %(result)s, by %(bundles)s (Open Policy Agent %(version)s).",
            bundles=by.bundles[:500],
            **words,
        )

    def _link(self, by: Provenance) -> str:
        """The commit of the policy, by the template; none where its revision cannot be told."""
        template = self.settings.link or self.source.link or ""
        if "{revision}" not in template:
            return template
        revision = by.revision(self.settings.bundle)
        return template.replace("{revision}", quote(revision, safe="")) if revision else ""


def _word(passed: bool) -> str:
    return "true" if passed else "false"


def _read(told: Any) -> Provenance | None:
    """The provenance of an answer, None where it is of no form that Open Policy Agent has."""
    try:
        revisions = {str(name): bundle.get("revision") for name, bundle in told.get("bundles", {}).items()}
        version = told["version"]
    except (AttributeError, KeyError, TypeError):
        return None
    revisions[""] = told.get("revision")
    if not isinstance(version, str) or not version:
        return None
    return Provenance(version[:50], {name: str(one)[:100] for name, one in revisions.items() if one})


def facts_of(facts: Facts, regions: Mapping[str, str]) -> dict[str, Any]:
    """What the policy is asked with. Raises Malformed where the environment has no region."""
    if regions and facts.environment not in regions:
        environment = facts.environment[:60]
        raise Malformed(
            say(
                "The sources file names no region for the environment %(environment)s.",
                environment=environment,
            )
        )
    change_set = facts.change_set
    return {
        "subject": facts.subject,
        "environment": facts.environment,
        "region": regions.get(facts.environment),
        "purpose": change_set.get("purpose") or "",
        "service_ids": list(change_set.get("service_ids") or []),
        "items": [{name: item.get(name) for name in SHOWN} for item in change_set["items"]],
    }


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, OpaItem):
        raise Unconfigured(waiting(ITEM))
    return Policy(item.source, item.settings)
