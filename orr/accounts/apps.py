"""The Django app of this package."""

from django.apps import AppConfig


class Accounts(AppConfig):
    """People, their roles, and their tokens."""

    name = "orr.accounts"
    label = "accounts"
