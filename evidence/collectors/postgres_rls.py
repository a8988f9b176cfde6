"""G4.3 from the catalogue of the target database, and from a live look as its reader."""

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from evidence.collectors import rls_catalogue
from evidence.collectors.asked_source import AskedSource
from evidence.contract import (
    CollectError,
    Collector,
    Denied,
    Malformed,
    Query,
    Reading,
    Unavailable,
    Unconfigured,
    Window,
)
from orr.lib.egress import EgressRefused
from orr.lib.errors import OrrError
from orr.lib.sentence import Sentence, say
from orr.sources import database
from orr.sources.items import PostgresItem
from orr.sources.load import sources

ITEM = "G4.3"


@dataclass(frozen=True)
class RowSecurity(AskedSource):
    """All conditions at once; each one that does not hold is a finding, and one finding is red."""

    settings: PostgresItem

    def collect(self, query: Query, window: Window) -> Reading:
        """`value` is how many conditions hold. Malformed where there is no view, or no row of the tenant."""
        schemas = list(self.settings.schemas)
        try:
            with database.connect(self.source) as connection:
                seen = rls_catalogue.read(connection, schemas)
                if not seen.views:
                    words = {"schemas": ", ".join(schemas)}
                    raise Malformed(say("The reader has no view in %(schemas)s.", **words))
                findings = rls_catalogue.findings(seen)
                looks = [self._look(connection, view.schema, view.name) for view in seen.views]
        except psycopg.Error as error:
            why = str(error).strip().splitlines()[0][:200]
            raise Unavailable(say("%(name)s: %(why)s", name=self.source.name, why=why)) from error
        except EgressRefused as error:
            raise Denied(error.sentence) from error
        except CollectError:
            raise
        except OrrError as error:
            raise Unavailable(error.sentence) from error
        findings += [finding for look in looks for finding in self._foreign_rows(look)]
        if not findings:
            self._saw_something(looks)
        return self._reading(window, seen, looks, findings)

    def _look(self, connection: database.Connection, schema: str, name: str) -> dict[str, Any]:
        """What the reader sees of a view: own and foreign rows as the probe's tenant, any row as nobody."""
        probe = self.settings.probe
        view, column = sql.Identifier(schema, name), sql.Identifier(probe.column)
        count = sql.SQL(
            "SELECT count(*) FILTER (WHERE {column}::text = %s), "
            "count(*) FILTER (WHERE {column}::text IS DISTINCT FROM %s) FROM {view}"
        ).format(column=column, view=view)
        with connection.transaction():
            connection.execute("SELECT set_config(%s, %s, true)", (probe.setting, probe.value))
            row = connection.execute(count, (probe.value, probe.value)).fetchone()
        own, foreign = (row[0], row[1]) if row else (0, 0)
        return {"view": f"{schema}.{name}", "own": own, "foreign": foreign,
                "as_nobody": self._as_nobody(connection, view)}  # fmt: skip

    def _as_nobody(self, connection: database.Connection, view: sql.Identifier) -> int:
        """Rows seen without saying who one is; a policy that refuses to answer shows none."""
        try:
            with connection.transaction():
                connection.execute("SELECT set_config(%s, '', true)", (self.settings.probe.setting,))
                row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(view)).fetchone()
        except psycopg.errors.DataError:
            return 0
        return int(row[0]) if row else 0

    def _foreign_rows(self, look: dict[str, Any]) -> list[Sentence]:
        words = {"view": look["view"], "n": look["foreign"], "tenant": self.settings.probe.value}
        if look["foreign"]:
            return [say("Through %(view)s the reader sees %(n)s rows that are not of %(tenant)s.", **words)]
        if look["as_nobody"]:
            words["n"] = look["as_nobody"]
            return [say("Through %(view)s the reader sees %(n)s rows without saying who it is.", **words)]
        return []

    def _saw_something(self, looks: list[dict[str, Any]]) -> None:
        """An empty view proves nothing; it is no finding either."""
        for look in looks:
            if not look["own"]:
                words = {"view": look["view"], "tenant": self.settings.probe.value}
                raise Malformed(
                    say(
                        "Through %(view)s the reader sees no row of %(tenant)s, which proves nothing.",
                        **words,
                    ),
                    raw=json.dumps(looks).encode(),
                )

    def _reading(
        self, window: Window, seen: rls_catalogue.Seen, looks: list[dict[str, Any]], findings: list[Sentence]
    ) -> Reading:
        conditions = seen.conditions + len(looks)
        return Reading(
            value=float(conditions - len(findings)),
            passed=not findings,
            text=f"{conditions - len(findings)} / {conditions}",
            samples=len(seen.views),
            raw=json.dumps({"catalogue": seen.rows, "looks": looks}, default=str).encode(),
            query=rls_catalogue.RELATIONS.strip(),
            source=self.source.name,
            url=self.settings.link or self.source.link or "",
            measured_at=window.end,
            measured_on=self.settings.measured_on,
            detail=_told(findings),
        )


def factory() -> Collector:
    """The collector as the sources file says now. Raises Unconfigured."""
    item = sources().item(ITEM)
    if item is None or not isinstance(item.settings, PostgresItem):
        raise Unconfigured(
            say("No PostgreSQL source is configured for %(item)s; the sources file names it.", item=ITEM)
        )
    return RowSecurity(item.source, item.settings)


def _told(findings: list[Sentence]) -> Sentence | None:
    if len(findings) < 2:
        return findings[0] if findings else None
    return say("%(first)s And %(n)s more.", first=findings[0], n=len(findings) - 1)
