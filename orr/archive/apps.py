"""The Django app of this package."""

from django.apps import AppConfig


class Archive(AppConfig):
    """The archive of a review's outputs."""

    name = "orr.archive"
    label = "archive"
