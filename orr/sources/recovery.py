"""What a sources file says of backups, of restores and snapshots, and of runbooks: G6.1 to G6.3, G7.4."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from orr.sources.terms import Duration, FilePath, Frozen, Item, Label, LabelValue, PagePath

Server = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]


class BackupItem(Item):
    """A database cluster's backups; `rpo` is how old the newest may be, the profile's is never exceeded."""

    rpo: Duration | None = None


class PgbackrestItem(BackupItem):
    """What `pgbackrest info --output=json` printed, published below the source's address."""

    path: FilePath
    stanza: Server


class BarmanItem(BackupItem):
    """What `barman check` and `barman show-backup SERVER latest` printed, each with `--format json`."""

    check: FilePath
    backup: FilePath
    server: Server


class KubernetesItem(Item):
    """Objects of one namespace with all of these labels; `max_age` beside the profile's freshness."""

    resource: Literal["restores", "volumesnapshots"] = "restores"
    namespace: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    labels: Annotated[dict[Label, LabelValue], Field(min_length=1, max_length=10)]
    max_age: Duration | None = None

    @property
    def group(self) -> str:
        """The API group and version of what is listed."""
        return "velero.io/v1" if self.resource == "restores" else "snapshot.storage.k8s.io/v1"

    @property
    def address(self) -> str:
        """Where it is listed, below the source's address."""
        return f"/apis/{self.group}/namespaces/{self.namespace}/{self.resource}"


class Pages(Frozen):
    """Where a service's runbook and continuity plan stand, below the source's address."""

    runbook: PagePath | None = None
    continuity: PagePath | None = None


class RunbooksItem(Item):
    """The pages of each service by its id; `max_age` beside the profile's, the stricter counts."""

    services: Annotated[dict[str, Pages], Field(min_length=1, max_length=2000)]
    max_age: Duration | None = None
