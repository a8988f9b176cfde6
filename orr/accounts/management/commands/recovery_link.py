"""Print a one-time link for a person, where no other administrator can make one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orr.accounts import links, people
from orr.lib.errors import OrrError


class Command(BaseCommand):
    """`manage.py recovery_link USERNAME`: logged, and what the person holds counts for signing after 24 h."""

    help = "print a one-time link for a person, e.g. the only administrator"

    def add_arguments(self, parser: CommandParser) -> None:
        """The person."""
        parser.add_argument("username")

    def handle(self, *_: Any, **options: Any) -> None:
        """Print the link, or why there is none."""
        try:
            self.stdout.write(links.issue(people.find(options["username"]), by=people.system()))
        except OrrError as error:
            raise CommandError(str(error)) from error
