"""The Django app of this package."""

from django.apps import AppConfig


class Plans(AppConfig):
    """Exit plans."""

    name = "orr.plans"
    label = "plans"
