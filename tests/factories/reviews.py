"""Reviews for tests, opened by the product's own action."""

from typing import Any

from orr.accounts.models import User
from orr.reviews import actions
from orr.reviews.models import Review
from tests.factories.change_sets import change_set
from tests.factories.people import person


def review(requester: User | None = None, profile: str | None = "standard", **changed: Any) -> Review:
    """A review of a valid change set by a release manager; `changed` replaces fields of the change set."""
    who = requester or User.objects.filter(username="manager").first() or person("manager", "release_manager")
    opened = actions.open_review(change_set=change_set(**changed), profile=profile, actor=who)
    return actions.find(opened.code)
