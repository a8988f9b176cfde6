"""The Django app of this package."""

from django.apps import AppConfig


class Reports(AppConfig):
    """What is told of a review, on every face."""

    name = "orr.reports"
    label = "reports"
