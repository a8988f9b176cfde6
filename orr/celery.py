"""The Celery application and its static schedule: beat sweeps what is due, the database holds when."""

import os
from typing import Any

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orr.settings")

# Task → seconds between two sweeps. A sweep that finds nothing is one indexed query.
SWEEPS = {
    "tlog.sequence": 1.0,
    "decisions.sweep": 1.0,
    "decisions.announce": 2.0,
    "policies.sweep": 1.0,
    "exits.sweep": 2.0,
    "exits.rehearse": 60.0,
    "rollouts.watch_guards": 15.0,
    "evidence.sweep": 10.0,
    "hooks.sweep": 5.0,
    "events.relay": 1.0,
    "messages.notify": 1.0,
    "events.forget_probes": 3600.0,
}


def schedule(sweeps: dict[str, float]) -> dict[str, dict[str, Any]]:
    """Beat's table; a sweep that nobody took in five periods is dropped, the next one does its work."""
    return {
        task: {"task": task, "schedule": seconds, "options": {"expires": 5 * seconds}}
        for task, seconds in sweeps.items()
    }


app = Celery("orr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = schedule(SWEEPS)
app.autodiscover_tasks()
