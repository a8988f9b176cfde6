"""A real Prometheus for the tests of the demo's plant."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(base: str, path: str, **params: str) -> dict[str, Any]:
    """GET and parse, whatever the status; problem answers are JSON too."""
    url = f"{base}{path}?{urllib.parse.urlencode(params)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body = answer.read()
    except urllib.error.HTTPError as refused:
        body = refused.read()
    result: dict[str, Any] = json.loads(body)
    return result


def wait_for(url: str, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextmanager
def running(
    command: list[str], ready: str, log: Path, env: dict[str, str] | None = None, seconds: float = 20
) -> Iterator[int]:
    """Start, wait until `ready` answers, and stop in the end; yields the process id."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **(env or {})})
    try:
        wait_for(ready, seconds)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=15)


@contextmanager
def prometheus(
    directory: Path, targets: list[str], interval: str = "100ms", port: int = 0
) -> Iterator[str]:
    """A Prometheus that scrapes `targets` and keeps its data below `directory`; yields its address."""
    port = port or free_port()
    config = directory / "prometheus.yml"
    jobs = json.dumps([{"job_name": "plant", "static_configs": [{"targets": targets}]}])
    config.write_text(
        f"global: {{scrape_interval: {interval}, scrape_timeout: {interval}}}\nscrape_configs: {jobs}\n"
    )
    binary = shutil.which("prometheus")
    assert binary, "Debian's prometheus is needed: apt-get install prometheus"
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
        "--storage.tsdb.retention.time=10y",
    ]
    base = f"http://127.0.0.1:{port}"
    with running(command, f"{base}/-/ready", directory / "prometheus.log"):
        yield base
