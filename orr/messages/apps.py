"""The Django app of this package."""

from django.apps import AppConfig


class Messages(AppConfig):
    """Templates of announcements and status messages."""

    name = "orr.messages"
    label = "orr_messages"
