"""`sources check`: ask every configured source and print what it answered; `sources trust NAME`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from orr.accounts.system import system
from orr.lib.errors import Invalid, OrrError
from orr.sources import actions, load
from orr.sources.ask import Asked, ask_all
from orr.sources.source import Source


class Command(BaseCommand):
    """`check`: 0 if every source answered, 1 if one did not or the file is wrong. `trust`: 1 if refused."""

    help = "Ask every configured source, or confirm the changed address of one for its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        """A verb, and for `trust` the source's name."""
        parser.add_argument("verb", choices=["check", "trust"])
        parser.add_argument("name", nargs="?", help="trust: the source whose address is confirmed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the verb out; a refusal is one sentence and exit code 1."""
        verb, name = options["verb"], options["name"]
        if (verb == "trust") != (name is not None):
            raise CommandError(_("sources check takes no name; sources trust takes one."))
        try:
            self._check() if verb == "check" else self._trust(name)
        except Invalid as error:
            wrong = "\n".join(f"  {one.pointer}: {one.sentence}" for one in error.errors)
            raise CommandError(f"{error}\n{wrong}") from error
        except OrrError as error:
            raise CommandError(str(error)) from error

    def _check(self) -> None:
        """Print one line per source and one per item, in the file's order."""
        found = load.sources()
        if not found.by_name and not found.hooks:
            self.stdout.write(_("No source is configured."))
            return
        every = list(found.by_name.values())
        answers = ask_all(every) if settings.WITHOUT_DATABASE else actions.noted(every)
        for name, answer in answers.items():
            self.stdout.write(_line(found.by_name[name], answer))
        for code, item in found.by_item.items():
            self.stdout.write(f"{code}  <-  {item.source.name}")
        for hook in found.hooks.values():
            mark = "ok   " if hook.problem is None else "FAILS"
            self.stdout.write(
                f"{mark}  hook {hook.name}  ({hook.kind}, {hook.account})  {hook.problem or ''}"
            )
        silent = [name for name, answer in answers.items() if not answer.ok]
        silent += [name for name, hook in found.hooks.items() if hook.problem is not None]
        if silent:
            raise CommandError(_("Did not answer: %(names)s") % {"names": ", ".join(silent)})

    def _trust(self, name: str) -> None:
        """Whoever runs the machine confirms; it is logged as the system's act."""
        if settings.WITHOUT_DATABASE:
            raise CommandError(_("Nothing has been set up here yet, so that there is nothing to confirm."))
        made = actions.trust(name=name, actor=system())
        words = {"name": name, "address": made.address}
        self.stdout.write(_("The secret of %(name)s may go to %(address)s.") % words)


def _line(source: Source, answer: Asked) -> str:
    mark = "ok   " if answer.ok else "FAILS"
    return f"{mark}  {source.name}  ({source.kind}, {source.url})  {answer.milliseconds} ms  {answer.said}"
