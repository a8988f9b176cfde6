"""The Django app of this package."""

from django.apps import AppConfig


class Sources(AppConfig):
    """Outside systems by name."""

    name = "orr.sources"
    label = "sources"
