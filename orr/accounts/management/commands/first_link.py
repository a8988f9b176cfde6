"""Print the one-time link that makes the first administrator, while there is none."""

from typing import Any

from django.core.management.base import BaseCommand

from orr.accounts import links


class Command(BaseCommand):
    """Print a one-time link for the first administrator; nothing once there is one."""

    help = __doc__ or ""

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the link alone on its line, or nothing."""
        link = links.first_administrator()
        if link:
            self.stdout.write(link)
