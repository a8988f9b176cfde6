"""The Django app of this package."""

from django.apps import AppConfig


class Rollouts(AppConfig):
    """Rollouts and their stages."""

    name = "orr.rollouts"
    label = "rollouts"
