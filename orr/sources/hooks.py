"""What the sources file says of webhooks that come in: who sends them, with which secret, about what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from orr.lib.errors import Unavailable
from orr.lib.sentence import Sentence

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
# No part of it is made of dots alone: it stands in addresses.
_PART = r"[A-Za-z0-9._-]*[A-Za-z0-9_-][A-Za-z0-9._-]*"
PATH = rf"^{_PART}(/{_PART}){{0,9}}$"
Path = Annotated[str, StringConstraints(pattern=PATH, max_length=200)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Repository(_Closed):
    """A repository, or a project: what a release of it is in a change set, and where it goes.

    `environment` is where a release goes; `environments` says what the platform's own names for them mean
    here. `rollback` and `rehearse` are the targets of the item's key, as in a change set.
    """

    name: Path
    environment: Place
    environments: dict[Text, Place] = {}
    service_ids: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    kind: Literal["image", "artifact", "rule", "model", "config"] = "artifact"
    item: Text | None = None
    target: Text | None = None
    profile: Place | None = None
    tags: Glob = "*"
    prereleases: bool = False
    asset: Glob | None = None
    rollback: Text | None = None
    rehearse: Text | None = None

    @model_validator(mode="after")
    def _a_rehearsal_has_its_key(self) -> Self:
        if self.rehearse and not self.rollback:
            raise ValueError("rehearse needs rollback, the target of the key that is rehearsed")
        return self

    @property
    def item_name(self) -> str:
        """What the item is called: the repository's own name unless the file says another."""
        return self.item or self.name.rpartition("/")[2]

    def takes(self, tag: str) -> bool:
        """Whether a release of this tag is one that is reviewed."""
        return fnmatchcase(tag, self.tags)

    def here(self, theirs: str) -> str | None:
        """Our name of the platform's environment; None for one that is not reviewed."""
        if self.environments:
            return self.environments.get(theirs)
        return self.environment if theirs == self.environment else None


class HookIn(_Closed):
    """One sender. `account`: who requests what it asks for. `source`: the system that is answered."""

    kind: Literal["github", "gitlab", "cloudevents"]
    account: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    secret_env: str | None = None
    secret_file: str | None = None
    verify: Literal["token", "signature"] | None = None
    source: str | None = None
    repositories: Annotated[tuple[Repository, ...], Field(max_length=500)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.secret_env) == bool(self.secret_file):
            raise ValueError("a hook has a secret: name it by secret_env or by secret_file")
        if self.verify and self.kind != "gitlab":
            raise ValueError("verify is for gitlab; the others are always signed")
        if self.kind != "cloudevents" and not self.repositories:
            raise ValueError("a hook of a forge names its repositories")
        names = [one.name.lower() for one in self.repositories]
        if len(set(names)) != len(names):
            raise ValueError("a repository stands there twice")
        return self


@dataclass(frozen=True)
class Hook:
    """A sender as the product uses it; `problem` says why its secret cannot be used."""

    name: str
    kind: str
    account: str
    secret: str | None = field(default=None, repr=False)
    problem: Sentence | None = None
    verify: str = "token"
    source: str | None = None
    repositories: Mapping[str, Repository] = field(default_factory=dict)

    def repository(self, name: str) -> Repository | None:
        """The repository of that name, whose case forges do not tell apart."""
        return self.repositories.get(name.lower())

    def key(self) -> str:
        """The secret. Raises Unavailable where it is not there."""
        if self.secret is None or self.problem is not None:
            assert self.problem is not None  # noqa: S101  a hook without a secret says why
            raise Unavailable(self.problem)
        return self.secret


def hook(name: str, entry: HookIn, secret: str | None, problem: Sentence | None) -> Hook:
    """The sender of that entry, with the secret that was read for it."""
    return Hook(
        name=name,
        kind=entry.kind,
        account=entry.account,
        secret=secret,
        problem=problem,
        verify=entry.verify or "token",
        source=entry.source,
        repositories={one.name.lower(): one for one in entry.repositories},
    )
