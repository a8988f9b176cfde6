"""Reads a git repository: its tags, who wrote what between two of them, where it comes from.

Git is started with argument lists and whole ref names, never by a shell; what a repository configures to be
run (signatures, hooks, monitors) is not, since only commands that read objects are used.
"""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60
MOST_COMMITS = 20_000
TAGS = "refs/tags/"
_MORE = "\x1e"
# Neither a name nor a message can hold a NUL, so nobody writes a commit that hides its author.
_FORMAT = "%aN%x00%aE%x00%(trailers:key=Co-authored-by,valueonly=true,separator=%x1e)%x00%s%x00"
_FIELDS = 4


class NoRelease(Exception):
    """The repository does not say what a change set needs; the message says what, and what to do."""


@dataclass(frozen=True)
class Person:
    """Who wrote something: name and mail address, as the repository's mailmap says."""

    name: str
    mail: str


@dataclass(frozen=True)
class Commit:
    """One commit: who wrote it, its first line."""

    authors: tuple[Person, ...]
    subject: str


@dataclass(frozen=True)
class Repository:
    """A working copy, or a bare repository, at `folder`."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> "Repository":
        """The repository that holds the folder. Raises NoRelease where it cannot be read whole."""
        found = cls(folder)
        if found._asked("rev-parse", "--git-dir") is None:
            raise NoRelease(f"{folder} is not in a git repository.")
        if found._asked("rev-parse", "--verify", "--quiet", "HEAD^{commit}") is None:
            raise NoRelease("The repository has no commit yet.")
        if found._asked("rev-parse", "--is-shallow-repository") != "false":
            raise NoRelease(
                "This is a shallow clone, its history is cut off. Fetch all of it:"
                " git fetch --unshallow --tags (in GitHub Actions: fetch-depth: 0)."
            )
        return found

    def name(self) -> str:
        """The repository's own name: that of its remote, else of its folder."""
        at = self.remote().rstrip("/").removesuffix(".git").replace(":", "/")
        top = self._asked("rev-parse", "--show-toplevel") or str(self.folder.resolve())
        return at.rpartition("/")[2] or Path(top).name

    def remote(self) -> str:
        """Where `origin` is, as it is configured; empty without one."""
        return self._asked("config", "--get", "remote.origin.url") or ""

    def latest_tag(self, before: str | None = None) -> str | None:
        """The last tag of HEAD's history, or of what stands before a tag or commit; None without one."""
        if before is None:
            return self._asked("describe", "--tags", "--abbrev=0", "HEAD")
        parent = self._asked("rev-parse", "--verify", "--quiet", f"{self.commit(before)}^")
        return None if parent is None else self._asked("describe", "--tags", "--abbrev=0", parent)

    def commit(self, named: str) -> str:
        """The commit that a tag, else any other name, stands for. Raises NoRelease."""
        for name in (f"{TAGS}{named}", named):
            found = self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
            if found is not None:
                return found
        raise NoRelease(f"There is no tag or commit “{named}” in this repository.")

    def notes(self, tag: str) -> str:
        """What the annotated tag says; empty for a plain one, or none."""
        if self._asked("cat-file", "-t", f"{TAGS}{tag}") != "tag":
            return ""
        text = self._asked("for-each-ref", "--count=1", "--format=%(contents:subject)%0a%0a%(contents:body)",
                           f"{TAGS}{tag}")  # fmt: skip
        return text or ""

    def between(self, before: str | None, after: str) -> list[Commit]:
        """The commits of `after` that `before` lacks, newest first. Raises NoRelease for too many."""
        told = [f"^{before}"] if before else []
        limit = f"--max-count={MOST_COMMITS + 1}"
        out = self._asked("rev-list", "--no-commit-header", limit, f"--format={_FORMAT}", after, *told, "--")
        if out is None:
            raise NoRelease("The history between the two could not be read.")
        found = list(_commits(out))
        if len(found) > MOST_COMMITS:
            raise NoRelease(f"More than {MOST_COMMITS} commits lie between; take a smaller step with --from.")
        return found

    def _asked(self, *words: str) -> str | None:
        """What git answers, None where it refuses. Raises NoRelease without git, or where it hangs."""
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
        command = ["git", "--no-pager", "-C", str(self.folder), *words]
        try:
            ended = subprocess.run(  # noqa: S603  an argument list, no shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={**os.environ, **quiet}, timeout=SECONDS, check=False,
            )  # fmt: skip
        except FileNotFoundError as error:
            raise NoRelease("git is not installed here.") from error
        except (OSError, ValueError) as error:
            raise NoRelease(f"git cannot be asked: {error}") from error
        except subprocess.TimeoutExpired as error:
            raise NoRelease(f"git did not answer within {SECONDS} seconds.") from error
        return ended.stdout.decode("utf-8", "replace").strip() if ended.returncode == 0 else None


def _commits(out: str) -> Iterator[Commit]:
    parts = out.split("\x00")[:-1] if out else []
    if len(parts) % _FIELDS:
        raise NoRelease("The history between the two could not be read.")
    for at in range(0, len(parts), _FIELDS):
        name, mail, trailers, subject = parts[at : at + _FIELDS]
        others = (_person(one) for one in trailers.split(_MORE) if one.strip())
        yield Commit((Person(name.strip(), mail.strip()), *others), subject)


def _person(trailer: str) -> Person:
    """`Name <mail>` of a trailer."""
    name, _, rest = trailer.partition("<")
    return Person(name.strip(), rest.partition(">")[0].strip())
