"""One running installation: started in order, watched, stopped in the opposite order."""

import os
import signal
from pathlib import Path

from orr.catalogues import compile_catalogues
from orr.embedded.failure import CannotStart
from orr.embedded.postgres import OWNER, Postgres
from orr.embedded.valkey import Valkey
from orr.supervise import migrations, ready
from orr.supervise.crew import Crew, Stopped, show
from orr.supervise.plan import Plan, environment
from orr.supervise.state import State

STOPPED_IN_ORDER = ["play", "plant", "beat", "worker", "web", "valkey", "postgres"]


class Installation:
    """`up` or `demo` on one state directory and port."""

    def __init__(self, state: Path, *, port: int, demo: bool) -> None:
        self.state = State(state)
        self.port = port
        self.demo = demo
        self.crew = Crew()

    def run(self) -> int:
        """Everything from the lock to the last child's end; the exit code. Raises CannotStart."""
        self.state.take()
        ready.free(self.port)
        self.crew.listen()
        try:
            self._start()
            while True:
                self.crew.pump(1.0)
        except Stopped:
            show("plura", ["stopping"])
            return 0
        finally:
            self.state.withdraw()
            self.crew.stop(STOPPED_IN_ORDER)
            self.crew.close()
            show("plura", ["stopped"])

    def _start(self) -> None:
        own = environment(self.state, port=self.port, demo=self.demo)
        if self.demo:
            ready.free(int(own["PLANT_PORT"]))
        plan = Plan(own)
        owner = self._postgres(plan, own)
        self._valkey(plan, own)
        plan = Plan(own)
        compile_catalogues()
        self._migrate(plan, owner)
        self.state.announce({**own, **({"DATABASE_OWNER_URL": owner} if owner else {})})
        self.crew.start(plan.web())
        ready.wait(self.port, "/healthz", self._breathe)
        for spec in (plan.worker(), plan.beat(), *(plan.example() if self.demo else [])):
            self.crew.start(spec)
        ready.wait(self.port, "/signin", self._breathe)
        print(f"ready http://localhost:{self.port}", flush=True)

    def _postgres(self, plan: Plan, own: dict[str, str]) -> str | None:
        """Start the embedded PostgreSQL unless an address is given; the address that migrations use."""
        if os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"):
            return os.environ.get("DATABASE_OWNER_URL")
        server = Postgres(self.state.path)
        server.prepare()
        self.crew.start(plan.server("postgres", server.command, signal.SIGINT))
        server.wait(lambda seconds: self._until("postgres", seconds))
        server.make_database()
        own["DATABASE_URL"] = server.url()
        return server.url(OWNER)

    def _valkey(self, plan: Plan, own: dict[str, str]) -> None:
        if os.environ.get("BROKER_URL") or os.environ.get("BROKER_URL_FILE"):
            return
        server = Valkey(self.state.path)
        server.prepare()
        self.crew.start(plan.server("valkey", server.command, signal.SIGTERM))
        server.wait(lambda seconds: self._until("valkey", seconds))
        own["BROKER_URL"] = server.url

    def _migrate(self, plan: Plan, owner: str | None) -> None:
        """Bring the database up to date; an outside one is always asked, it may have been restored."""
        embedded = "DATABASE_URL" not in os.environ and "DATABASE_URL_FILE" not in os.environ
        if embedded and migrations.current(self.state.path):
            return
        show("plura", ["bringing the database up to date"])
        code, lines = self.crew.once(plan.django("migrate", "--noinput", "--verbosity=0", database=owner))
        if code:
            show("migrate", lines)
            raise CannotStart("The database could not be brought up to date: the lines above say why.")
        if embedded:
            migrations.remember(self.state.path)
        if not self.demo:
            self._greet(plan)

    def _greet(self, plan: Plan) -> None:
        """Print the one-time link that makes the first administrator, while there is none."""
        code, lines = self.crew.once(plan.django("first_link"))
        show("plura" if code == 0 else "welcome", lines)

    def _until(self, name: str, seconds: float) -> None:
        """Pass time while a child comes up. Raises CannotStart if it died, Stopped if somebody asked."""
        self.crew.pump(seconds)
        self.crew.alive(name)

    def _breathe(self, seconds: float) -> None:
        self._until("web", seconds)
