"""`manage.py tlog`: run the sequencer, check the whole log, make the key, print the verifier key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from orr.lib.errors import OrrError
from orr.tlog import audit, keys
from orr.tlog.merkle import ProofError
from orr.tlog.sequencer import sequence


class Command(BaseCommand):
    """The log's hand tools; everything they do, the product does by itself too."""

    help = "sequence: index and sign what is pending; check: rebuild the tree from the entries' bytes"

    def add_arguments(self, parser: CommandParser) -> None:
        """One action by name."""
        parser.add_argument("action", choices=["sequence", "check", "create-key", "vkey"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; what is refused is said in one sentence."""
        try:
            self.stdout.write(ACTIONS[options["action"]]())
        except (OrrError, ProofError) as refusal:
            raise CommandError(str(refusal)) from refusal


def _sequence() -> str:
    return f"{sequence()} entries indexed"


def _check() -> str:
    head = audit.rebuild()
    return f"{head.origin}: {head.size} entries, the root is that of the signed checkpoint"


def _create_key() -> str:
    keys.create()
    return keys.verifier_key()


ACTIONS = {"sequence": _sequence, "check": _check, "create-key": _create_key, "vkey": keys.verifier_key}
