"""What the catalogue says of row-level security, as seen by the reader (PostgreSQL 15 and later)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orr.lib.sentence import Sentence, say
from orr.sources.database import Connection

# Every relation of the schemas that the reader may read, and every table behind its views.
RELATIONS = """
WITH RECURSIVE mine AS (
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND (has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'))
), reached AS (
    SELECT oid FROM mine
    UNION
    SELECT d.refobjid FROM reached
    JOIN pg_rewrite r ON r.ev_class = reached.oid
    JOIN pg_depend d ON d.objid = r.oid AND d.classid = 'pg_rewrite'::regclass
        AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> reached.oid
)
SELECT n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
       coalesce(c.reloptions, '{}'), pg_get_userbyid(c.relowner) = current_user
FROM reached JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
ORDER BY 1, 2
"""

# The policies that decide what the reader may SELECT.
POLICIES = """
SELECT schemaname, tablename, policyname, permissive, coalesce(qual, '')
FROM pg_policies
WHERE cmd IN ('ALL', 'SELECT') AND EXISTS (
    SELECT 1 FROM unnest(roles) AS role
    WHERE CASE WHEN role = 'public' THEN true ELSE pg_has_role(current_user, role, 'USAGE') END)
"""

# The reader itself, and every role it could become, that row security does not hold.
STRONG_ROLES = """
SELECT rolname FROM pg_roles
WHERE (rolsuper OR rolbypassrls) AND pg_has_role(current_user, oid, 'MEMBER') ORDER BY 1
"""


@dataclass(frozen=True)
class Relation:
    """A table, view, materialised view or foreign table."""

    schema: str
    name: str
    kind: str
    enabled: bool
    forced: bool
    options: frozenset[str]
    owned: bool

    @property
    def full(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    def has(self, option: str) -> bool:
        """Whether a view's boolean option is on."""
        return any(f"{option}={on}" in self.options for on in ("true", "on", "1", "yes"))


@dataclass(frozen=True)
class Seen:
    """The catalogue's answer."""

    relations: Sequence[Relation]
    policies: Sequence[tuple[str, str, str, str, str]]
    strong_roles: Sequence[str]

    @property
    def views(self) -> list[Relation]:
        """The plain views."""
        return [relation for relation in self.relations if relation.kind == "v"]

    @property
    def conditions(self) -> int:
        """How many conditions are looked at: two of a view, three of a table, one of the reader."""
        return 1 + sum(2 if relation.kind == "v" else 3 for relation in self.relations)

    @property
    def rows(self) -> dict[str, Any]:
        """What is kept as the raw answer."""
        return {
            "relations": [
                {**vars(relation), "options": sorted(relation.options)} for relation in self.relations
            ],
            "policies": [list(policy) for policy in self.policies],
            "strong_roles": list(self.strong_roles),
        }


def read(connection: Connection, schemas: list[str]) -> Seen:
    """Ask the catalogue as the connected role."""
    relations = [
        Relation(
            row[0], row[1], row[2], row[3], row[4], frozenset(option.lower() for option in row[5]), row[6]
        )
        for row in connection.execute(RELATIONS, (schemas,))
    ]
    policies = [(row[0], row[1], row[2], row[3], row[4]) for row in connection.execute(POLICIES)]
    return Seen(relations, policies, [row[0] for row in connection.execute(STRONG_ROLES)])


def findings(seen: Seen) -> list[Sentence]:
    """Every condition that does not hold (pure)."""
    found = [
        say("The reader is, or can become, %(role)s, whom row security does not hold.", role=role)
        for role in seen.strong_roles[:1]
    ]
    for relation in seen.relations:
        found += _of_view(relation) if relation.kind == "v" else _of_table(relation, seen)
    return found


def _of_view(view: Relation) -> list[Sentence]:
    return [
        say("The view %(name)s lacks %(option)s.", name=view.full, option=option)
        for option in ("security_barrier", "security_invoker")
        if not view.has(option)
    ]


def _of_table(table: Relation, seen: Seen) -> list[Sentence]:
    if table.kind in ("m", "f"):
        return [say("%(name)s can have no row security, and the reader reaches it.", name=table.full)]
    found = []
    if not table.enabled:
        found.append(say("The table %(name)s has row security switched off.", name=table.full))
    if not table.forced:
        found.append(say("The table %(name)s does not force row security on its owner.", name=table.full))
    permissive = [
        p for p in seen.policies if (p[0], p[1]) == (table.schema, table.name) and p[3] == "PERMISSIVE"
    ]
    if not permissive:
        found.append(say("The table %(name)s has no policy for the reader.", name=table.full))
    elif any(policy[4].strip("() ") in ("true", "") for policy in permissive):
        found.append(say("A policy of the table %(name)s lets every row through.", name=table.full))
    return found
