"""The Django app of this package."""

from django.apps import AppConfig


class Drivers(AppConfig):
    """Drivers and the journal of values written."""

    name = "orr.drivers"
    label = "drivers"
