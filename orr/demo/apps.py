"""The Django app of the demo: it brings one management command and no tables."""

from django.apps import AppConfig


class Demo(AppConfig):
    """The worked example."""

    name = "orr.demo"
    label = "demo"
