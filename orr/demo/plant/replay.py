"""Run recorded traffic through another model and count what it would have judged otherwise."""

from collections import Counter
from typing import Any

from orr.demo.plant.catalogue import Catalogue
from orr.demo.plant.http import BadRequest
from orr.demo.plant.triage import Triage, score


def replay(triage: Triage, catalogue: Catalogue, digest: str) -> dict[str, Any]:
    """Per category of events: how many were replayed and how many came out differently."""
    model = catalogue.find("model", "triage-model", digest)
    if model is None:
        raise BadRequest(f"no model {digest[:80]}")
    content = model.content
    total: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    for verdict in list(triage.recorded):
        total[verdict.event.category] += 1
        if (score(content, verdict.event) >= float(content["bar"])) is not verdict.incident:
            differing[verdict.event.category] += 1
    classes = [{"category": c, "replayed": total[c], "differing": differing[c]} for c in sorted(total)]
    return {"model": model.digest, "version": model.version, "classes": classes}
