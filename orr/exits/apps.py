"""The Django app of this package."""

from django.apps import AppConfig


class Exits(AppConfig):
    """Exits, rehearsals and their keys."""

    name = "orr.exits"
    label = "exits"
