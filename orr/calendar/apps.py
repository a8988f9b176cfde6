"""The Django app of this package."""

from django.apps import AppConfig


class Calendar(AppConfig):
    """Entries, freezes and peaks."""

    name = "orr.calendar"
    label = "calendar"
