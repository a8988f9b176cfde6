"""The worked example: model v4 and a change of the search configuration."""

from typing import Any

from orr.demo.scenario.parts import Shelf, change_set, value

PROFILE = "model-update"


def example(shelf: Shelf) -> dict[str, Any]:
    """Five items, each with its rollback key and a shadow to rehearse it on."""
    return change_set(
        "Model v4 + search configuration",
        "Triage model v4, the search service that reads its labels, the rules that go with them, "
        "a shorter search cache, and the index that ranks titles higher.",
        ["ingest", "search"],
        [
            shelf.artefact("model", "triage-model", "v3.9.1", "v4.0.2"),
            shelf.artefact("image", "search-api", "2.18.0", "2.18.1"),
            shelf.artefact("rule", "sigma-pack", "2026.10", "2026.11"),
            value("flag", "search.cache.force_ttl", "300s", "90s"),
            shelf.artefact("index", "search_doc", "v7", "v8"),
        ],
        purpose="Fewer missed incidents from failed logins, and search results that show them first.",
        expected_outcome="Recall of triage up by 3 %, search p95 unchanged within 10 %.",
        security_impact="No new data leaves its region; the model sees the fields it saw before.",
        risk="Search depends on its cache: a shorter time to live costs latency until it is warm.",
        mitigation="search.cache.force_ttl=90s keeps the way back short; canary 5 → 25 → 100 %.",
    )
