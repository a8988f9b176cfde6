"""The Django app of this package."""

from django.apps import AppConfig


class Tlog(AppConfig):
    """The transparency log."""

    name = "orr.tlog"
    label = "tlog"
