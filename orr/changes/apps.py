"""The Django app of this package."""

from django.apps import AppConfig


class Changes(AppConfig):
    """Change sets."""

    name = "orr.changes"
    label = "changes"
