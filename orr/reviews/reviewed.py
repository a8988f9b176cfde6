"""The last reviewed state of an item: what went to production by a review, whatever was deployed since.

Triggers compare with it, so that a release which is split into small ones adds up.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import connection

from orr.reviews.states import State

# Taken back, withdrawn or refused is not what runs; what rolls out right now is.
CARRIED_OUT = (State.ROLLING_OUT, State.OBSERVING, State.CLOSED)
Key = tuple[str, str]
_LAST = """
SELECT DISTINCT ON (wanted.kind, wanted.name) wanted.kind, wanted.name, item -> 'to'
FROM reviews_review r
JOIN changes_changeset c ON c.id = r.change_set_id
CROSS JOIN LATERAL jsonb_array_elements(c.body -> 'items') AS item
JOIN unnest(%(kinds)s::text[], %(names)s::text[]) AS wanted(kind, name)
  ON item ->> 'kind' = wanted.kind AND item ->> 'name' = wanted.name
WHERE r.team_id = %(team)s AND r.environment = %(environment)s AND r.state = ANY(%(states)s)
  AND NOT (r.shadow AND %(real)s)
ORDER BY wanted.kind, wanted.name, r.id DESC
"""


def baseline(change_set: Mapping[str, Any], team: UUID) -> dict[Key, str]:
    """The last reviewed version of each item of the change set that had one, by kind and name.

    What only a review in shadow saw is not reviewed: the steps that were taken meanwhile add up too.
    """
    wanted = {(item["kind"], item["name"]) for item in change_set["items"]}
    found = _last(wanted, str(change_set["environment"]).strip(), team, real=True)
    return {key: to["version"] for key, to in found.items()}


def last(kind: str, name: str, environment: str, team: UUID) -> dict[str, Any] | None:
    """`{version, digest?}` of the item as the latest review of that team and environment let it go out,
    in shadow too: it runs all the same.
    """
    return _last({(kind, name)}, environment, team, real=False).get((kind, name))


def _last(wanted: Collection[Key], environment: str, team: UUID, *, real: bool) -> dict[Key, dict[str, Any]]:
    asked = sorted(wanted)
    given: dict[str, Any] = {
        "kinds": [kind for kind, _ in asked],
        "names": [name for _, name in asked],
        "team": team,
        "environment": environment,
        "real": real,
        "states": [state.value for state in CARRIED_OUT],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LAST, given)
        return {(kind, name): json.loads(to) for kind, name, to in cursor.fetchall()}
