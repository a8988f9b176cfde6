"""The Django app of this package."""

from django.apps import AppConfig


class Approvals(AppConfig):
    """Requests for approval, their slots and signatures."""

    name = "approvals"
    label = "approvals"
