"""The Django app of this package."""

from django.apps import AppConfig


class Evidence(AppConfig):
    """Collections, evidence and raw answers."""

    name = "evidence"
    label = "evidence"
