"""G4.3 against a real PostgreSQL: sound it is green, and each hole alone turns it red."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from evidence.collectors.postgres_rls import RowSecurity
from evidence.contract import Malformed, Query, Reading, Unavailable, Window
from orr.sources.items import PostgresItem, Probe
from orr.sources.source import Source
from tests.evidence.conftest import facts_of, rule

pytestmark = pytest.mark.django_db
LAKE = "lake_db"
ROLES = ("lake_owner", "lake_reader", "lake_strong")

RESET = """
DROP SCHEMA IF EXISTS lake CASCADE;
DROP TABLE IF EXISTS public.side;
REVOKE lake_strong FROM lake_reader;
ALTER ROLE lake_reader NOSUPERUSER NOBYPASSRLS;
ALTER ROLE lake_strong BYPASSRLS;
"""
SOUND = """
CREATE SCHEMA lake AUTHORIZATION lake_owner;
SET ROLE lake_owner;
CREATE TABLE lake.events (tenant text NOT NULL, body text);
INSERT INTO lake.events VALUES ('acme', 'a'), ('acme', 'b'), ('other', 'c');
ALTER TABLE lake.events ENABLE ROW LEVEL SECURITY;
ALTER TABLE lake.events FORCE ROW LEVEL SECURITY;
CREATE POLICY by_tenant ON lake.events USING (tenant = current_setting('app.tenant', true));
CREATE VIEW lake.seen WITH (security_barrier = true, security_invoker = true) AS SELECT * FROM lake.events;
GRANT USAGE ON SCHEMA lake TO lake_reader;
GRANT SELECT ON lake.events, lake.seen TO lake_reader;
RESET ROLE;
"""

HOLES = {
    "row security off": "ALTER TABLE lake.events DISABLE ROW LEVEL SECURITY",
    "not forced": "ALTER TABLE lake.events NO FORCE ROW LEVEL SECURITY",
    "a policy for all": "CREATE POLICY hole ON lake.events FOR SELECT USING (true)",
    "no policy": "DROP POLICY by_tenant ON lake.events",
    "policy for others": "ALTER POLICY by_tenant ON lake.events TO lake_owner",
    "no barrier": "ALTER VIEW lake.seen SET (security_barrier = false)",
    "no invoker": "ALTER VIEW lake.seen SET (security_invoker = false)",
    "options reset": "ALTER VIEW lake.seen RESET (security_invoker)",
    "bypass": "ALTER ROLE lake_reader BYPASSRLS",
    "superuser": "ALTER ROLE lake_reader SUPERUSER",
    "can become strong": "GRANT lake_strong TO lake_reader",
    "materialised": "CREATE MATERIALIZED VIEW lake.kept AS SELECT * FROM lake.events;"
    "GRANT SELECT ON lake.kept TO lake_reader",
    "a second table": "CREATE TABLE lake.more (tenant text); GRANT SELECT ON lake.more TO lake_reader",
    "one granted column": "CREATE TABLE lake.more (tenant text, body text);"
    "GRANT SELECT (body) ON lake.more TO lake_reader",
    "open by default": "ALTER POLICY by_tenant ON lake.events"
    " USING (tenant = coalesce(nullif(current_setting('app.tenant', true), ''), tenant))",
    "a wrong policy": "ALTER POLICY by_tenant ON lake.events USING (length(tenant) > 0)",
    "a view on another table": "CREATE TABLE public.side (tenant text);"
    "INSERT INTO public.side VALUES ('acme');"
    "CREATE VIEW lake.side WITH (security_barrier = true) AS SELECT * FROM public.side;"
    "GRANT SELECT ON lake.side TO lake_reader",
}


def named(text: str) -> str:
    """Roles and databases are the whole server's: each run has its own."""
    return text.replace("lake_", f"{connection.settings_dict['NAME']}_lake_")


@pytest.fixture(scope="module")
def lake(django_db_setup: None, django_db_blocker: Any) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's session in a database of its own."""
    wanted = ("host", "port", "user", "password")
    with django_db_blocker.unblock():
        parts = {k: v for k, v in connection.get_connection_params().items() if k in wanted}
        database = sql.Identifier(named(LAKE))
    with psycopg.connect(**parts, dbname="postgres", autocommit=True) as server:
        _drop(server, database)
        for role in ROLES:
            server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(named(role))))
        server.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            with psycopg.connect(**parts, dbname=named(LAKE), autocommit=True) as session:
                yield session
        finally:
            _drop(server, database)


@pytest.fixture
def admin(lake: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """The same, with a sound lake in it."""
    lake.execute(named(RESET + SOUND))
    return lake


def _drop(server: psycopg.Connection[Any], database: sql.Identifier) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database))
    for role in ROLES:
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(named(role))))


Admin = psycopg.Connection[Any]


def collect(admin: Admin, user: str = "lake_reader", schema: str = "lake", value: str = "acme") -> Reading:
    info = admin.info
    host = quote(info.host, safe="")
    source = Source(
        "lake",
        "postgres",
        f"postgresql://{named(user)}@/{info.dbname}?host={host}&port={info.port}",
        internal=True,
    )
    probe = Probe(setting="app.tenant", value=value, column="tenant")
    settings = PostgresItem(source="lake", schemas=(schema,), probe=probe)
    window = Window.before(datetime.now(UTC), 1)
    return RowSecurity(source, settings).collect(Query("G4.3", rule("G4.3"), facts_of()), window)


def test_sound_is_green(admin: Admin) -> None:
    found = collect(admin)
    assert found.detail is None
    assert (found.passed, found.samples) == (True, 1)
    assert found.text == "7 / 7"


@pytest.mark.parametrize("hole", HOLES)
def test_each_hole_alone_is_red(admin: Admin, hole: str) -> None:
    assert collect(admin).passed is True
    admin.execute(named(HOLES[hole]))
    found = collect(admin)
    assert found.passed is False
    assert found.detail is not None


def test_the_reader_changes_nothing(admin: Admin) -> None:
    admin.execute(named("GRANT INSERT ON lake.events TO lake_reader"))
    admin.execute(
        "CREATE FUNCTION lake.sneak() RETURNS boolean LANGUAGE plpgsql AS "
        "$$ BEGIN INSERT INTO lake.events VALUES ('acme', 'x'); RETURN true; END $$"
    )
    admin.execute(
        "ALTER POLICY by_tenant ON lake.events"
        " USING (tenant = current_setting('app.tenant', true) AND lake.sneak())"
    )
    with pytest.raises(Unavailable) as failed:
        collect(admin)
    assert "read-only" in str(failed.value)


def test_seeing_nothing_proves_nothing(admin: Admin) -> None:
    with pytest.raises(Malformed):
        collect(admin, value="nobody")
    with pytest.raises(Malformed):
        collect(admin, schema="public")


def test_a_reader_that_cannot_get_in(admin: Admin) -> None:
    with pytest.raises(Unavailable):
        collect(admin, user="nobody_known")
