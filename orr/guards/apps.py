"""The Django app of this package."""

from django.apps import AppConfig


class Guards(AppConfig):
    """Guards of decisions."""

    name = "orr.guards"
    label = "guards"
