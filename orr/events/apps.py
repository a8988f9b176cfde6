"""The Django app of this package."""

from django.apps import AppConfig


class Events(AppConfig):
    """Event names and their subscribers."""

    name = "orr.events"
    label = "orr_events"
