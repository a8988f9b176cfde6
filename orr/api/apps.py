"""The Django app of this package."""

from django.apps import AppConfig


class Api(AppConfig):
    """The HTTP API and its stored answers."""

    name = "orr.api"
    label = "api"
