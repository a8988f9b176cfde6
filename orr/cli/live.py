"""Progress: redrawn in place on a terminal, one line per change in a pipe."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from orr.cli.paint import Paint, cells, pad
from orr.cli.shell import Shell

COLUMNS = 80


@dataclass(frozen=True)
class Line:
    """One line of a frame. `clock` ticks on its own: in a pipe it alone is no change."""

    key: str
    text: str
    clock: str = ""
    mark: str = ""


@dataclass
class Screen:
    """Shows frame after frame."""

    shell: Shell
    _drawn: int = 0
    _said: dict[str, str] = field(default_factory=dict)

    def show(self, frame: Sequence[Line]) -> None:
        """The next frame."""
        if self.shell.as_json:
            return
        if self.shell.live:
            self._redraw(frame)
        else:
            self._tell(frame)

    def leave(self) -> None:
        """Keep the last frame as it stands; what follows comes below it."""
        self._drawn = 0

    def _redraw(self, frame: Sequence[Line]) -> None:
        columns = min(COLUMNS, shutil.get_terminal_size().columns - 1)
        up = f"\x1b[{self._drawn}A\r" if self._drawn else ""
        body = "".join(f"\x1b[2K{_laid(line, columns, self.shell.paint)}\n" for line in frame)
        sys.stdout.write(f"{up}{body}\x1b[J")
        sys.stdout.flush()
        self._drawn = len(frame)

    def _tell(self, frame: Sequence[Line]) -> None:
        for line in frame:
            said = (line.mark + "  " if line.mark else "") + line.text.rstrip()
            if said.strip() and self._said.get(line.key) != said:
                self._said[line.key] = said
                click.echo(f"{said}  {line.clock}".rstrip())


def _laid(line: Line, columns: int, paint: Paint) -> str:
    """The line cut to the terminal, its clock at the right."""
    room = columns - (cells(line.clock) + 1 if line.clock else 0) - (6 if line.mark else 0)
    text = pad(line.text, room) if line.clock or cells(line.text) > room else line.text
    front = f"  {paint.mark(line.mark, 4)}" if line.mark else ""
    return f"{front}{text}{' ' + line.clock if line.clock else ''}"
