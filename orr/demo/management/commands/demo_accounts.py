"""`manage.py demo_accounts`: make the demo's accounts and its calendar; refused outside the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orr.demo import calendar, people
from orr.demo.place import here


class Command(BaseCommand):
    """Make the demo's people, the tokens of its machines and the calendar; a second time changes nothing."""

    help = "Make the demo's accounts and calendar (PLURA_DEMO=1 only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse unless this is the demo."""
        if not settings.PLURA_DEMO:
            raise CommandError("These accounts have a known password: they are made in the demo only.")
        people.settle(here().tokens_file)
        calendar.settle()
