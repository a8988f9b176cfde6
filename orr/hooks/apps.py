"""The Django app of this package."""

from django.apps import AppConfig


class Hooks(AppConfig):
    """Deliveries of webhooks, and the outbox of answers."""

    name = "orr.hooks"
    label = "hooks"
