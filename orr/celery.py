"""The Celery application and its static schedule: beat sweeps what is due, the database holds when."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "orr.settings")

app = Celery("orr")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.set_default()
app.autodiscover_tasks()
