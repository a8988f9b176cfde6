"""`sources check`: ask every configured source and print what it answered."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from orr.lib.errors import Invalid
from orr.sources import load
from orr.sources.ask import Asked, ask
from orr.sources.source import Source


class Command(BaseCommand):
    """Exit code 0 if every source answered, 1 if one did not, or the file is wrong."""

    help = "Ask every configured source and print what it answered."

    def add_arguments(self, parser: CommandParser) -> None:
        """One verb, `check`."""
        parser.add_argument("verb", choices=["check"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per source and one per item, in the file's order."""
        try:
            found = load.sources()
        except Invalid as error:
            wrong = "\n".join(f"  {one.pointer}: {one.sentence}" for one in error.errors)
            raise CommandError(f"{error}\n{wrong}") from error
        if not found.by_name and not found.hooks:
            self.stdout.write(_("No source is configured."))
            return
        with ThreadPoolExecutor(max_workers=16) as pool:
            answers = dict(zip(found.by_name, pool.map(ask, found.by_name.values()), strict=True))
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


def _line(source: Source, answer: Asked) -> str:
    mark = "ok   " if answer.ok else "FAILS"
    return f"{mark}  {source.name}  ({source.kind}, {source.url})  {answer.milliseconds} ms  {answer.said}"
