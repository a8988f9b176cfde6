"""The Django app of the pages."""

from django.apps import AppConfig


class Board(AppConfig):
    """Pages; it has no tables of its own."""

    name = "orr.board"
    label = "board"
