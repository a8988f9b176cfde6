"""The plant's lake shows a reader its own tenant only, until the switch opens a view."""

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from orr.demo.plant.lake import NAME, OWNER, READER, Lake

CLUSTER = os.environ.get("DATABASE_OWNER_URL") or os.environ.get("DATABASE_URL", "")


@pytest.fixture
def lake() -> Iterator[Lake]:
    owner = make_conninfo(CLUSTER, dbname="postgres")
    made = Lake(owner)
    made.make()
    yield made
    with psycopg.connect(owner, autocommit=True) as db:
        db.execute(f"DROP DATABASE {NAME} WITH (FORCE)")
        db.execute(f"DROP ROLE {READER}")
        db.execute(f"DROP ROLE {OWNER}")


def foreign_rows(view: str) -> tuple[int, int]:
    """Own and foreign rows, read as the reader."""
    with psycopg.connect(make_conninfo(CLUSTER, dbname=NAME, user=READER)) as db:
        db.execute("SELECT set_config('lake.tenant', 'hanbit', false)")
        query = sql.SQL(
            "SELECT count(*) FILTER (WHERE tenant = 'hanbit'), count(*) FILTER (WHERE tenant <> 'hanbit')"
            " FROM lake.{}"
        )
        row = db.execute(query.format(sql.Identifier(view))).fetchone()
    assert row is not None
    return row[0], row[1]


def test_the_reader_sees_its_own_rows_only_until_a_view_is_opened(lake: Lake) -> None:
    for number, tenant in enumerate(("hanbit", "saebyeok", "hanbit", "dalbit")):
        lake.add(f"i{number}", tenant, "host-01", [(f"e{number}", "beacon")])
    assert foreign_rows("incident_view") == (2, 0)
    assert foreign_rows("event_view") == (2, 0)
    lake.open_view(True)
    assert foreign_rows("incident_view")[1] > 0
    lake.open_view(False)
    assert foreign_rows("incident_view") == (2, 0)
    lake.make()
    lake.trim(2)
    assert sum(foreign_rows("incident_view")) <= 2


def test_the_catalogue_says_that_nothing_is_open(lake: Lake) -> None:
    with psycopg.connect(make_conninfo(CLUSTER, dbname=NAME)) as db:
        tables = db.execute(
            "SELECT bool_and(relrowsecurity AND relforcerowsecurity), count(*) FROM pg_class"
            " WHERE relnamespace = 'lake'::regnamespace AND relkind = 'r'"
        ).fetchone()
        views = db.execute(
            "SELECT reloptions FROM pg_class WHERE relnamespace = 'lake'::regnamespace AND relkind = 'v'"
        ).fetchall()
        query = "SELECT rolbypassrls, rolsuper FROM pg_roles WHERE rolname = %s"
        role = db.execute(query, (READER,)).fetchone()
    assert tables == (True, 2) and role == (False, False)
    assert len(views) == 2
    assert all(
        any(option in ("security_barrier=true", "security_barrier=on") for option in options)
        and any(option in ("security_invoker=true", "security_invoker=on") for option in options)
        for (options,) in views
    )
