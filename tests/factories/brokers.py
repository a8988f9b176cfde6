"""Real brokers for tests: the embedded Valkey, and a RabbitMQ of the machine with everything its own."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu import Connection, Queue

from orr.embedded import serving
from orr.embedded.tether import tether
from orr.events.hub import EXCHANGE
from tests.demo.peers import free_port
from tests.machine import RABBITMQ

CALM = "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none"
OUTSIDER = Queue("outsider", EXCHANGE, routing_key="ops.approval.#", durable=True)


@contextmanager
def valkey(room: Path) -> Iterator[str]:
    """The address of a Valkey with its files in `room`."""
    with serving.valkey(room) as server:
        yield server.url


@contextmanager
def rabbitmq(room: Path, port: int = 0) -> Iterator[str]:
    """The address of a RabbitMQ with its home, its data and its ports of its own, on loopback."""
    port = port or free_port()
    room.mkdir(parents=True, exist_ok=True)
    (room / "rabbitmq.conf").write_text(f"listeners.tcp.local = 127.0.0.1:{port}\n", "utf-8")
    (room / "plugins").write_text("[].\n", "utf-8")
    environment = _environment(room, names=free_port(), nodes=free_port())
    names = ["epmd", "-port", environment["ERL_EPMD_PORT"], "-address", "127.0.0.1"]
    with _child(names, environment, room), _child([RABBITMQ], environment, room) as process:
        _wait(process, port, room)
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


def _environment(room: Path, *, names: int, nodes: int) -> dict[str, str]:
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(room), "LC_ALL": "C.UTF-8",
        "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1", "RABBITMQ_DIST_PORT": str(nodes),
        "RABBITMQ_NODENAME": "orr@localhost", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_MNESIA_BASE": str(room / "mnesia"), "RABBITMQ_LOG_BASE": str(room / "log"),
        "RABBITMQ_CONFIG_FILE": str(room / "rabbitmq.conf"), "RABBITMQ_PID_FILE": str(room / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(room / "plugins"), "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": CALM,
    }  # fmt: skip


@contextmanager
def _child(
    command: list[str], environment: dict[str, str], room: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    with (room / "out").open("ab") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=room, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True, preexec_fn=tether(signal.SIGTERM),
        )  # fmt: skip
    try:
        yield process
    finally:
        # The server is a script around the machine that runs it: the group of both, by its leader's id.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", port: int, room: Path) -> None:
    end = time.monotonic() + 90
    while not _greets(port):
        said = (room / "out").read_text("utf-8", "replace")[-2000:]
        assert process.poll() is None and time.monotonic() < end, said
        time.sleep(0.1)


def _greets(port: int) -> bool:
    connection = Connection(f"amqp://guest:guest@127.0.0.1:{port}//", connect_timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.release()
    return True


def emptied(url: str) -> None:
    """Empty our queues on the broker, and let an outsider's stand there from now on."""
    from orr.events.hub import NOTIFIER

    with Connection(url) as connection:
        for queue in (NOTIFIER, OUTSIDER):
            bound = queue(connection.default_channel)
            bound.declare()
            bound.purge()


def outside(url: str) -> list[Any]:
    """The messages that an outside consumer gets, the oldest first, each acknowledged."""
    with Connection(url) as connection:
        queue, taken = OUTSIDER(connection.default_channel), []
        while (message := queue.get()) is not None:
            message.ack()
            taken.append(message)
    return taken


def say_outside(url: str, body: bytes, event: str, headers: dict[str, Any] | None = None) -> None:
    """Publish as an outsider would, by the exchange."""
    with Connection(url) as connection:
        producer = connection.Producer()
        producer.publish(
            body, exchange=EXCHANGE, routing_key=event, declare=[EXCHANGE],
            content_type="application/cloudevents+json", content_encoding="utf-8",
            headers=headers,
        )  # fmt: skip
