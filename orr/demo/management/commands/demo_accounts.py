"""`manage.py demo_accounts`: make the demo's accounts; refused outside the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from orr.demo import people
from orr.demo.place import here


class Command(BaseCommand):
    """Make the demo's people and the tokens of its machines; a second time changes nothing."""

    help = "Make the demo's accounts (PLURA_DEMO=1 only)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse unless this is the demo."""
        if not settings.PLURA_DEMO:
            raise CommandError("These accounts have a known password: they are made in the demo only.")
        people.settle(here().tokens_file)
