"""G6.2 and G6.3 from the Kubernetes API: Velero's restores, or the snapshots of volumes.

A restore that completed is a rehearsal; a snapshot is not, and counts with a pushed rehearsal only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import ModuleType
from urllib.parse import urlencode

from evidence.collectors import ages, restores, snapshots
from evidence.collectors.asked_source import AskedSource
from evidence.collectors.exchange import Exchange
from evidence.collectors.kubernetes_list import NotListed, Rehearsed, objects
from evidence.contract import Collector, Lacking, Query, Reading, Unconfigured, Window
from evidence.registry import waiting
from orr.lib.sentence import say
from orr.profiles.schema import Rule
from orr.sources.items import KubernetesItem
from orr.sources.load import sources

# As many as one answer holds; more of them are an error, for the newest may be missing.
LIMIT = 500
DAY = timedelta(days=1)
READS: dict[str, ModuleType] = {"restores": restores, "volumesnapshots": snapshots}


@dataclass(frozen=True)
class Rehearsals(AskedSource):
    """The newest objects of one kind with the item's labels in one namespace."""

    settings: KubernetesItem

    @property
    def wants_rehearsal(self) -> bool:
        """Whether what is there was never brought back by it."""
        return self.settings.resource == "volumesnapshots"

    def collect(self, query: Query, window: Window) -> Reading:
        """`passed` is how it ended. Raises Lacking while it runs, and where the newest is too old."""
        asking = Exchange(self.source)
        found = self._newest(asking)
        ages.come(asking, found.at, window.end)
        most = self._most(query.rule)
        if found.state == "pending":
            raise Lacking(found.said, raw=asking.raw, query=asking.queries)
        if found.state == "passed" and window.end - found.at > most:
            why = say("%(said)s It is older than %(n)s days.", said=found.said, n=round(most / DAY, 1))
            raise Lacking(why, raw=asking.raw, query=asking.queries)
        passed = found.state == "passed"
        return Reading(
            value=None,
            passed=passed,
            text=f"{found.at:%Y-%m-%d %H:%M} UTC",
            samples=found.of,
            raw=asking.raw,
            query=asking.queries,
            source=self.source.name,
            url=self.settings.link or self.source.link or "",
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=found.said,
            holds_until=found.at + most if passed else None,
            wants_rehearsal=self.wants_rehearsal,
        )

    def _newest(self, asking: Exchange) -> Rehearsed:
        settings, reads = self.settings, READS[self.settings.resource]
        try:
            labels = ",".join(f"{label}={value}" for label, value in sorted(settings.labels.items()))
            words = urlencode({"labelSelector": labels, "limit": LIMIT})
            told = asking.value("GET", f"{settings.address}?{words}")
            listed = objects(told, settings.group, reads.KIND, settings.labels)
            newest: Rehearsed = reads.newest(listed)
        except NotListed as error:
            raise asking.malformed(error.sentence) from error
        return newest

    def _most(self, rule: Rule) -> timedelta:
        stated = [rule.freshness, rule.max_age, self.settings.max_age]
        return timedelta(seconds=min(age for age in stated if age))


def factory(code: str) -> Callable[[], Collector]:
    """A factory for the registry: the collector of the item as the sources file says now."""

    def make() -> Collector:
        item = sources().item(code)
        if item is None or not isinstance(item.settings, KubernetesItem):
            raise Unconfigured(waiting(code))
        return Rehearsals(item.source, item.settings)

    return make
