"""The Django app of this package."""

from django.apps import AppConfig


class Decisions(AppConfig):
    """Proposals and decisions."""

    name = "orr.decisions"
    label = "decisions"
