"""What runs: the command line of every process and the environment it gets."""

import os
import signal
import sys
from pathlib import Path

from orr.supervise.child import Spec
from orr.supervise.state import HOME, State, new_log_key, new_secret_key

# Long polls hold a thread each for up to 30 s, so there are many more threads than cores.
WEB_THREADS = 32
WORKER_THREADS = 16
# The demo's plant listens beside the site, so that two demos on two ports don't meet.
PLANT_ABOVE = 99
# Our own probes while a server comes up, and what its host's administrator would tune.
NOISE = "the database system is starting up|Memory overcommit must be enabled"


def environment(state: State, *, port: int, demo: bool) -> dict[str, str]:
    """What the operator's environment leaves open; paths and addresses only, secrets stay in their files."""
    own = {"PLURA_STATE": str(state.path), "PORT": str(port)}
    if demo:
        own.update(PLURA_DEMO="1", PLANT_PORT=os.environ.get("PLANT_PORT") or str(port + PLANT_ABOVE))
    if not _given("SECRET_KEY"):
        own["SECRET_KEY_FILE"] = str(state.secret("secret_key", new_secret_key, 0o600))
    if not _given("TLOG_KEY"):
        own["TLOG_KEY_FILE"] = str(state.secret("tlog.key", new_log_key, 0o400))
    return own


def _given(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


class Plan:
    """The processes of one installation under the environment `own`."""

    def __init__(self, own: dict[str, str]) -> None:
        self._environment = {
            **os.environ, **own,
            "DJANGO_SETTINGS_MODULE": "orr.settings", "PLURA_SUPERVISED": "1", "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges",
        }  # fmt: skip
        self._port = own["PORT"]
        self._state = Path(own["PLURA_STATE"])

    def _python(self, name: str, *arguments: str, patience: float = 10.0) -> Spec:
        return Spec(name, [sys.executable, *arguments], self._environment, HOME, patience=patience)

    def server(self, name: str, command: list[str], stop: signal.Signals) -> Spec:
        """PostgreSQL or Valkey: they end themselves in good order even when the supervisor is killed."""
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        clean["LC_ALL"] = "C.UTF-8"
        return Spec(name, command, clean, self._state, stop, stop, patience=20.0, hidden=NOISE)

    def django(self, *arguments: str, database: str | None = None) -> Spec:
        """One management command; as another database role where `database` is given."""
        spec = self._python(arguments[0], "-m", "django", *arguments)
        if database:
            spec.environment.update(DATABASE_URL=database)
        return spec

    def web(self) -> Spec:
        """The web server, on loopback only: a proxy in front of it is what the world sees."""
        return self._python(
            "web", "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", self._port,
            "--workers", "1", "--blocking-threads", str(WEB_THREADS), "--no-ws", "--log-level", "error",
            "--workers-kill-timeout", "8", "orr.wsgi:application",
        )  # fmt: skip

    def worker(self) -> Spec:
        """The Celery worker; threads, since its tasks wait for other systems."""
        return self._celery(
            "worker", "-P", "threads", "-c", str(WORKER_THREADS), "--without-gossip", "--without-mingle"
        )

    def beat(self) -> Spec:
        """The clock that sends the sweeps."""
        return self._celery("beat", "-s", str(self._state / "beat"))

    def _celery(self, name: str, *arguments: str) -> Spec:
        program = ("-m", "celery", "-q", "-A", "orr.celery")
        return self._python(name, *program, name, "-l", "warning", *arguments)

    def example(self) -> list[Spec]:
        """The demo's plant and the player of its reviews; the player keeps nothing that a kill could lose."""
        plant = self._python("plant", "-m", "orr.demo.plant")
        return [plant, self._python("play", "-m", "orr.demo.play", patience=3.0)]
