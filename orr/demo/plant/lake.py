"""The lake: a real database whose views show a reader its own tenant's rows only.

Tables force row-level security, views are security barriers that run as their invoker, and the
reader's role can't bypass any of it.
"""

from contextlib import closing

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

NAME = "lake"
OWNER = "lake_owner"
READER = "lake_reader"
TENANT = "lake.tenant"
_TABLES = ("incidents", "events")
_OPEN_VIEW = "incident_view"

_MADE = """
CREATE SCHEMA IF NOT EXISTS lake AUTHORIZATION lake_owner;
SET ROLE lake_owner;
CREATE TABLE IF NOT EXISTS lake.incidents (id text PRIMARY KEY, tenant text NOT NULL, host text NOT NULL);
CREATE TABLE IF NOT EXISTS lake.events (id text PRIMARY KEY, tenant text NOT NULL, message text NOT NULL);
CREATE OR REPLACE VIEW lake.incident_view WITH (security_barrier, security_invoker)
    AS SELECT id, tenant, host FROM lake.incidents;
CREATE OR REPLACE VIEW lake.event_view WITH (security_barrier, security_invoker)
    AS SELECT id, tenant, message FROM lake.events;
GRANT USAGE ON SCHEMA lake TO lake_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA lake TO lake_reader;
RESET ROLE;
"""
_SECURED = """
ALTER TABLE lake.{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE lake.{table} FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own_tenant ON lake.{table};
CREATE POLICY own_tenant ON lake.{table} FOR SELECT TO lake_reader
    USING (tenant = current_setting('lake.tenant', true));
DROP POLICY IF EXISTS owner_writes ON lake.{table};
CREATE POLICY owner_writes ON lake.{table} TO lake_owner USING (true) WITH CHECK (true);
"""


class Lake:
    """Made and changed by the database's owner; `owner_url` is a superuser's address of the cluster."""

    def __init__(self, owner_url: str) -> None:
        self._cluster = owner_url
        self._lake = make_conninfo(owner_url, dbname=NAME)

    def make(self) -> None:
        """Create what isn't there yet and close what was left open; may run at every start."""
        self._roles_and_database()
        with closing(psycopg.connect(self._lake, autocommit=True)) as db:
            db.execute(_MADE)
            for table in _TABLES:
                db.execute(sql.SQL(_SECURED).format(table=sql.Identifier(table)))
            self._invoker(db, True)

    def open_view(self, opened: bool) -> None:
        """The switch: a view that runs as its owner shows every tenant's rows."""
        with closing(psycopg.connect(self._lake, autocommit=True)) as db:
            self._invoker(db, not opened)

    def add(self, incident: str, tenant: str, host: str, events: list[tuple[str, str]]) -> None:
        """One incident and its events, each `(id, message)`."""
        with psycopg.connect(self._lake) as db:
            db.execute("SET LOCAL ROLE lake_owner")
            db.execute(
                "INSERT INTO lake.incidents VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (incident, tenant, host),
            )
            for event, message in events:
                db.execute(
                    "INSERT INTO lake.events VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                    (event, tenant, message),
                )

    def trim(self, keep: int) -> None:
        """Forget all but about `keep` rows of each table, so that a demo left running stays small."""
        with psycopg.connect(self._lake) as db:
            for table in _TABLES:
                db.execute(
                    sql.SQL(
                        "DELETE FROM lake.{table} WHERE ctid IN (SELECT ctid FROM lake.{table} OFFSET %s)"
                    ).format(table=sql.Identifier(table)),
                    (keep,),
                )

    def _roles_and_database(self) -> None:
        with closing(psycopg.connect(self._cluster, autocommit=True)) as db:
            roles = {row[0] for row in db.execute("SELECT rolname FROM pg_roles")}
            for role, options in ((OWNER, "NOLOGIN"), (READER, "LOGIN NOBYPASSRLS")):
                if role not in roles:
                    statement = sql.SQL("CREATE ROLE {} " + options)
                    db.execute(statement.format(sql.Identifier(role)))
            if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone():
                db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))

    def _invoker(self, db: "psycopg.Connection[tuple[object, ...]]", on: bool) -> None:
        db.execute(
            sql.SQL("ALTER VIEW lake.{} SET (security_invoker = {})").format(
                sql.Identifier(_OPEN_VIEW), sql.Literal(on)
            )
        )
