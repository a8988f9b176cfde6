"""The command `plura`, with the verbs of `plura orr`."""

import sys

import click

from orr.cli.approve import approve
from orr.cli.decide import decide
from orr.cli.evidence import evidence
from orr.cli.exit import exit_
from orr.cli.init import init
from orr.cli.report import report
from orr.cli.start import start
from orr.cli.status import status
from orr.cli.wait import wait

EPILOG = """\b
PLURA_URL    the server, http://localhost:8000 unless said
PLURA_TOKEN  a token with the scopes you need (manage.py token USER --scope orr:write)
\b
Exit codes
   0  go, effective or done       10  pending
   1  error                       20  No-Go
   2  wrong usage or input        21  expired or void
                                  30  Exit partial or failed
"""


@click.group()
def plura() -> None:
    """Decides whether a change may go to production, and takes it back out when it must."""


@plura.group(epilog=EPILOG)
def orr() -> None:
    """Operational readiness reviews."""


for verb in (init, start, status, decide, approve, exit_, evidence, report, wait):
    orr.add_command(verb)


def main() -> None:
    """Run the command and leave with its exit code."""
    try:
        code = plura.main(prog_name="plura", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped here; what the server was asked before goes on.", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()
        code = 1
    sys.exit(code if isinstance(code, int) else 0)
