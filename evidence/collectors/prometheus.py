"""G1.1–G1.4 and G3.2 from a Prometheus query API.

Asked are the queries of `promql.py`, all at the window's end; a latency passes by the exact share of
observations within the largest bucket boundary at or below the threshold, never by interpolation.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from evidence.collectors import exemplars, promql
from evidence.collectors.asked_source import AskedSource
from evidence.collectors.query_api import Asking
from evidence.contract import Collector, Malformed, Query, Reading, Unconfigured, Window
from orr.lib.sentence import Sentence, say
from orr.sources.items import PrometheusItem
from orr.sources.load import sources
from orr.sources.source import Source

SHARE = 0.95
# A quotient of sums of rates is exact to about this many digits: 95 of 100 must not come out as less.
EXACT = 9


@dataclass(frozen=True)
class _Metric(AskedSource):
    settings: PrometheusItem

    @property
    def window(self) -> int | None:
        """The window that the sources file asks for, seconds."""
        return self.settings.window

    def _reading(
        self, asking: Asking, shown: str, window: Window, value: float, passed: bool | None, samples: int,
        unit: str, detail: Sentence | None, traces: Sequence[str] = (),
    ) -> Reading:  # fmt: skip
        return Reading(
            value=value,
            passed=passed,
            unit=unit,
            samples=samples,
            raw=asking.raw,
            query=shown,
            source=self.source.name,
            url=link(self.source, self.settings, shown, window),
            links=exemplars.links(self.settings.trace_link or self.source.trace_link, traces),
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=detail,
        )


@dataclass(frozen=True)
class Latency(_Metric):
    """A 95th percentile against a threshold, by the exact share within a bucket boundary."""

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is the interpolated p95 for display, `passed` the exact form."""
        asking = Asking(self.source, at=window.end)
        metric, labels, seconds = self.settings.metric, self.settings.selector, window.seconds
        scale = _scale(self.settings.metric_unit, query.rule.unit)
        threshold = (query.rule.threshold or 0.0) / scale
        series = asking.vector(promql.boundaries(metric, labels))
        found = promql.largest_boundary((labels_.get("le", "") for labels_, _ in series), threshold)
        if found is None:
            raise _no_boundary(asking, bool(series), query)
        boundary, spellings = found
        shown = promql.share_within(metric, labels, spellings, seconds)
        share = round(asking.number(shown), EXACT)
        samples = int(asking.number(promql.observations(metric, labels, seconds)))
        p95 = asking.number(promql.quantile(metric, labels, seconds))
        traces = asking.traces(f"{metric}_bucket{{{labels}}}", window.start)
        detail = say(
            "%(share)s %% took at most %(boundary)s %(unit)s; %(needed)s %% are asked for.%(traces)s",
            share=round(share * 100, 3),
            boundary=round(boundary * scale, 6),
            unit=query.rule.unit,
            needed=SHARE * 100,
            traces=say(" Slowest traces: %(ids)s.", ids=", ".join(traces)) if traces else "",
        )
        passed = share >= SHARE
        value, unit = p95 * scale, query.rule.unit
        return self._reading(
            asking, f"{shown} >= {SHARE}", window, value, passed, samples, unit, detail, traces
        )


@dataclass(frozen=True)
class SuccessRate(_Metric):
    """The share of synthetic probes that succeeded."""

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is the share in the rule's unit, `samples` the counted probes."""
        asking = Asking(self.source, at=window.end)
        metric, labels = self.settings.metric, self.settings.selector
        # Without a sample in the last minutes the window tells of a probe that no longer runs.
        asking.number(promql.present(metric, labels))
        shown = promql.success_share(metric, labels, window.seconds)
        share = round(asking.number(shown), EXACT)
        samples = int(asking.number(promql.samples(metric, labels, window.seconds)))
        scale = 100.0 if query.rule.unit == "%" else 1.0
        return self._reading(
            asking, shown, window, round(share * scale, EXACT), None, samples, query.rule.unit, None
        )


@dataclass(frozen=True)
class NoIncrease(_Metric):
    """A counter that must not have grown: present, and zero."""

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is what it grew by; counters born in the window count whole."""
        asking = Asking(self.source, at=window.end)
        metric, labels, seconds = self.settings.metric, self.settings.selector, window.seconds
        series = int(asking.number(promql.present(metric, labels)))
        shown = promql.growth(metric, labels, seconds)
        grown = asking.number(shown)
        newborn = [value for _, value in asking.vector(promql.newborn(metric, labels, seconds))]
        born = math.fsum(newborn)
        if not (grown >= 0 <= born and math.isfinite(born)):
            raise Malformed(say("A counter is below zero, or no number."), raw=asking.raw, query=shown)
        if born and not grown and len(newborn) == series:
            # Without any history a count may be of last year: neither zero nor red.
            raise Malformed(
                say("The counters do not reach back far enough to tell what is new."),
                raw=asking.raw,
                query=shown,
            )
        return self._reading(asking, shown, window, max(grown, born), None, series, query.rule.unit, None)


def factory(code: str, kind: type[Latency] | type[SuccessRate] | type[NoIncrease]) -> Callable[[], Collector]:
    """A factory for the registry: the collector of the item as the sources file says now."""

    def make() -> Collector:
        item = sources().item(code)
        if item is None or not isinstance(item.settings, PrometheusItem):
            raise Unconfigured(
                say("No Prometheus source is configured for %(item)s; the sources file names it.", item=code)
            )
        return kind(item.source, item.settings)

    return make


def link(source: Source, settings: PrometheusItem, shown: str, window: Window) -> str:
    """What a person opens: the item's own link, else the source's, else Prometheus' graph of the query."""
    template = settings.link or source.link
    if template is None:
        return (
            f"{source.url.rstrip('/')}/graph?g0.expr={quote(shown)}&g0.tab=0&g0.range_input={window.seconds}s"
        )
    start, end = (str(int(at.timestamp() * 1000)) for at in (window.start, window.end))
    return template.replace("{from}", start).replace("{to}", end)


def _scale(metric_unit: str, rule_unit: str) -> float:
    """What a value of the metric is multiplied by to be in the rule's unit."""
    return {("s", "ms"): 1000.0, ("ms", "s"): 0.001}.get((metric_unit, rule_unit), 1.0)


def _no_boundary(asking: Asking, any_series: bool, query: Query) -> Malformed:
    if not any_series:
        why = say("The answer is empty: there is no such histogram, or no sample of it.")
    else:
        why = say(
            "No bucket boundary is at or below %(threshold)s %(unit)s: the share cannot be told exactly.",
            threshold=query.rule.threshold,
            unit=query.rule.unit,
        )
    return Malformed(why, raw=asking.raw, query=asking.queries)
