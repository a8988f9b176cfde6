"""`manage.py token USER --scope orr:write`: a new API token, shown once, alone on the last line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from orr.accounts import people, tokens
from orr.lib.errors import Invalid, OrrError

DEFAULT_DAYS = 90


class Command(BaseCommand):
    """Issue an API token for a person."""

    help = "Prints a new API token of a person, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """USER, and the scopes and days of the token."""
        parser.add_argument("user", help="user name")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=tokens.SCOPES,
            help="may be given several times",
        )
        parser.add_argument(
            "--days", type=int, default=DEFAULT_DAYS, help="its life, %(default)s unless said"
        )
        parser.add_argument("--name", default="command", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was issued, then the token. Raises CommandError for a person or a life that isn't."""
        try:
            person = people.find(options["user"])
            raw = tokens.issue(
                user=person, scopes=options["scope"], days=options["days"], name=options["name"]
            )
        except Invalid as error:
            raise CommandError(" ".join(str(one.sentence) for one in error.errors)) from error
        except OrrError as error:
            raise CommandError(str(error)) from error
        scopes = " ".join(sorted(set(options["scope"])))
        self.stdout.write(
            f"Token of {person.username}, {scopes}, for {options['days']} days. It is not shown again:"
        )
        self.stdout.write(raw)
