"""Change sets for tests."""

from typing import Any


def change_set(**changed: Any) -> dict[str, Any]:
    """A complete, valid change set of two items with rollback keys; `changed` replaces fields."""
    image = {
        "kind": "image",
        "name": "search-api",
        "target": "registry/search-api:stable",
        "from": {"version": "2.17.4", "digest": "sha256:" + "1" * 64},
        "to": {"version": "2.18.1", "digest": "sha256:" + "2" * 64},
        "rollback_key": {
            "target": "plant/image/search-api",
            "desired": "sha256:" + "1" * 64,
            "rehearse": {"target": "plant/image/search-api-shadow"},
        },
    }
    flag = {
        "kind": "flag",
        "name": "search.cache.force_ttl",
        "target": "plant/flag/search.cache.force_ttl",
        "from": {"version": "30s"},
        "to": {"version": "90s"},
        "rollback_key": {
            "target": "plant/flag/search.cache.force_ttl",
            "desired": "30s",
            "rehearse": {"target": "plant/flag/search.cache.force_ttl-shadow"},
        },
    }
    return {
        "title": "Model v4 + search configuration",
        "summary": "A newer search API and a longer cache.",
        "purpose": "Faster search.",
        "environment": "prod-kr",
        "service_ids": ["search"],
        "authors": [],
        "items": [image, flag],
        **changed,
    }
