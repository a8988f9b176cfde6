"""`/metrics`: counts in the Prometheus text format; no ids, no people."""

from collections.abc import Iterable, Iterator, Mapping

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from orr.events.outlook import outlook
from orr.hooks import actions as hooks
from orr.lib import clock
from orr.reviews.models import Review
from orr.reviews.states import State
from orr.tlog import log

Labels = tuple[tuple[str, str], ...]
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Reviews by state, the log's gap, which should be 0, and what the event hub has not got yet."""
    real, shadow = (_by_state(shadow=mode) for mode in (False, True))
    refused: dict[Labels, float] = {(("hook", name),): count for name, count in hooks.refusals().items()}
    lines = [
        *family("orr_reviews", "Reviews by state, those in shadow apart.", real),
        *family("orr_shadow_reviews", "Reviews in shadow by state.", shadow),
        *family("orr_hook_refusals", "Deliveries of webhooks that were not signed rightly.", refused),
        *family("tlog_inclusion_gap", "Artefacts without a verified place in the log.", {(): log.gap()}),
        *_events(),
    ]
    return HttpResponse(
        "\n".join([*lines, ""]), content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"}
    )


def _events() -> Iterator[str]:
    now, state = clock.now(), outlook()
    unsent: dict[Labels, float] = {
        (("state", "waiting"),): state.waiting,
        (("state", "dead"),): state.dead,
    }
    yield from family("orr_events_unsent", "Events that the hub has not got, waiting or given up.", unsent)
    oldest: dict[Labels, float] = {(): state.oldest_seconds(now)}
    yield from family("orr_events_oldest_unsent_seconds", "Age of the oldest unsent event.", oldest)


def _by_state(*, shadow: bool) -> dict[Labels, float]:
    rows = Review.objects.filter(shadow=shadow).order_by()
    counted = dict(rows.values_list("state").annotate(n=Count("pk")))
    return {(("state", state.value),): counted.get(state.value, 0) for state in State}


def family(name: str, about: str, samples: Mapping[Labels, float]) -> Iterator[str]:
    """The lines of one gauge: labels → value."""
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples.items():
        yield f"{name}{_braced(labels)} {value}"


def _braced(labels: Iterable[tuple[str, str]]) -> str:
    inner = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels)
    return f"{{{inner}}}" if inner else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
