"""The Django app that wires the packages together once all of them are loaded."""

from django.apps import AppConfig


class Wiring(AppConfig):
    """Imports every package's handlers, so it comes up with the first request and the first task."""

    name = "orr"
    label = "orr"

    def ready(self) -> None:
        from orr import celery, checks, wiring

        # Whatever process this is, its tasks go to the broker of the settings.
        celery.app.set_default()
        checks.register()
        wiring.connect()
