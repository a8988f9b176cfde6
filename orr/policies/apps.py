"""The Django app of this package."""

from django.apps import AppConfig


class Policies(AppConfig):
    """Policies."""

    name = "orr.policies"
    label = "policies"
