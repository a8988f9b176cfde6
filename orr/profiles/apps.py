"""The Django app of this package."""

from django.apps import AppConfig


class Profiles(AppConfig):
    """Profiles."""

    name = "orr.profiles"
    label = "profiles"
