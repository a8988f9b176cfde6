"""Root-cause analyses for tests, written by the product's own actions."""

from typing import Any

from orr.accounts.models import User
from orr.decisions import analyses
from orr.decisions.rca import Content, Remedy, RootCause
from orr.decisions.rca_models import RcaRevision


def complete(owner: User, **changed: Any) -> Content:
    """What an analysis has to say to be recorded."""
    given: dict[str, Any] = {
        "happened": "Search was slow.",
        "causes": (RootCause("The cache was cold."),),
        "actions": (Remedy("Warm the cache", str(owner.pk), "2026-12-01T09:00:00Z"),),
    }
    return Content(**{**given, **changed})


def recorded(code: str, author: User, **changed: Any) -> RcaRevision:
    """The review's analysis, recorded by the author as its first version."""
    content = complete(author, **changed)
    return analyses.save(code=code, content=content, seen=0, actor=author, record=True)
