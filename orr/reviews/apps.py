"""The Django app of this package."""

from django.apps import AppConfig


class Reviews(AppConfig):
    """Reviews."""

    name = "orr.reviews"
    label = "reviews"
