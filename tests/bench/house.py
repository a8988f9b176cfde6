"""A house to measure in: its own database, people, reviews, and a real web server with one worker."""

import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orr.embedded.tether import tether
from orr.supervise import ready
from orr.supervise.plan import Plan
from orr.supervise.state import HOME
from tests.factories.change_sets import change_set

TICKS = os.sysconf("SC_CLK_TCK")
# Enough rows that an index pays; made by the database itself, a person could not click them.
MANY = 100_000


@dataclass(frozen=True)
class Reader:
    """Somebody who is signed in, and one connection of theirs."""

    port: int
    cookie: str

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open from request to request, as a browser's does."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(
        self, connection: http.client.HTTPConnection, path: str, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer to one request, read to its end."""
        sent = {"Host": f"localhost:{self.port}", "Cookie": self.cookie, **headers}
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        return answer, answer.read()


def open_reviews(count: int) -> list[str]:
    """`count` reviews opened by the product's own action, their collections run; their codes."""
    from evidence import engine
    from evidence.models import Collection
    from orr.reviews import actions
    from tests.factories.people import person

    manager = person("bench-manager", "release_manager")
    codes = [
        actions.open_review(change_set=change_set(title=f"Change {n}"), profile=None, actor=manager).code
        for n in range(count)
    ]
    for collection in Collection.objects.filter(finished_at=None):
        engine.run(collection.pk)
    return codes


def fill(count: int = MANY) -> None:
    """Copy the newest review until the table holds `count` rows more, each a second older than the next."""
    from django.db import connection

    from orr.reviews.models import Review

    names = [
        field.column
        for field in Review._meta.local_concrete_fields
        if field.column not in {"id", "updated_at"}
    ]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO reviews_review ({columns}, updated_at) "  # noqa: S608
            f"SELECT {columns}, updated_at - n * interval '1 second' "
            "FROM reviews_review, generate_series(1, %s) n WHERE id = (SELECT max(id) FROM reviews_review)",
            [count],
        )
        cursor.execute("ANALYZE")


def keys_of_pages(count: int, deep: int) -> tuple[list[str], list[str]]:
    """`count` keys of list pages near the top, and as many `deep` rows down."""
    from orr.reviews.models import Review

    rows = Review.objects.order_by("-updated_at", "-id").values_list("updated_at", "id")
    near, far = rows[:count], rows[deep : deep + count]
    return tuple([f"{at.isoformat()}_{pk}" for at, pk in chosen] for chosen in (near, far))  # type: ignore[return-value]


def session(username: str) -> str:
    """The cookie of a fresh session of that person."""
    from django.conf import settings
    from django.test import Client

    from orr.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@dataclass(frozen=True)
class Web:
    """A running web server."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of CPU that the server and its worker have used so far."""
        mine = [self.pid, *(int(pid) for pid in _children(self.pid))]
        return sum(_ticks(pid) for pid in mine) / TICKS


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


@contextmanager
def web(port: int, room: Path) -> Iterator[Web]:
    """The product's web server, started as `up` starts it, with the bare view."""
    spec = Plan({"PORT": str(port), "PLURA_STATE": str(room)}).web()
    environment = {**spec.environment, "DJANGO_SETTINGS_MODULE": "tests.bench.settings"}
    with (room / "web.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603
            spec.command, env=environment, cwd=HOME, stdout=log, stderr=log, preexec_fn=tether(spec.orphaned)
        )
        try:
            ready.wait(port, "/healthz", time.sleep)
            yield Web(port, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=20)
