"""The Django app of this package."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate


class Accounts(AppConfig):
    """People, teams, their roles, and their tokens."""

    name = "orr.accounts"
    label = "accounts"

    def ready(self) -> None:
        from orr.accounts import connections, sessions

        user_logged_in.connect(sessions.begin, dispatch_uid="orr.sessions")
        user_logged_in.connect(connections.first_use, dispatch_uid="orr.connections")
        post_migrate.connect(_default_team, sender=self)


def _default_team(**_: Any) -> None:
    """The team that a review belongs to where no other owns it is always there."""
    from orr.accounts.models import DEFAULT_TEAM, Team

    Team.objects.get_or_create(pk=DEFAULT_TEAM, defaults={"slug": "everyone", "name": "Everyone"})
