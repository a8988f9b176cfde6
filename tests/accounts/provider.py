"""A real OpenID provider (npm `oidc-provider`), and a person at its pages."""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx

from tests.demo.peers import free_port, running

VERSION = "8.8.1"
SECRET = "a-secret-of-the-tests"
SCRIPT = Path(__file__).with_name("provider.mjs")


def modules() -> Path:
    """The directory of the installed provider; outside the checkout, filled once."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "plura-orr-tests" / f"oidc-provider-{VERSION}"
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        # The workers of one run would fill it at the same moment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "ready").exists():
            _install(place)
            (place / "ready").touch()
    return place


def _install(place: Path) -> None:
    npm = shutil.which("npm")
    assert npm, "npm is needed: apt-get install npm"
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save"]
    wanted = f"oidc-provider@{VERSION}"
    done = subprocess.run([*command, f"--prefix={place}", wanted], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


@contextmanager
def provider(directory: Path, callback: str) -> Iterator[str]:
    """The provider on loopback, which sends people back to `callback`; yields its issuer."""
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    env = {"ISSUER": issuer, "PORT": str(port), "CALLBACK": callback, "MODULES": str(modules())}
    node = shutil.which("node")
    assert node, "node is needed: apt-get install nodejs"
    known = f"{issuer}/.well-known/openid-configuration"
    with running([node, str(SCRIPT)], known, directory / "provider.log", env):
        yield issuer


def signed_in(way_out: str, subject: str, callback: str) -> str:
    """Sign in there as the subject and agree; the path and query with which one is sent back."""
    with httpx.Client(timeout=20) as browser:
        answer = browser.get(way_out)
        for _ in range(20):
            if answer.is_redirect:
                to = urljoin(str(answer.url), answer.headers["Location"])
                if to.startswith(callback):
                    return httpx.URL(to).raw_path.decode()
                answer = browser.get(to)
            else:
                action, sent = _form(answer, subject)
                answer = browser.post(action, data=sent)
    raise AssertionError(f"not sent back: {answer.status_code} {answer.text[:400]}")


def _form(page: httpx.Response, subject: str) -> tuple[str, dict[str, str]]:
    action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
    assert action and prompt, page.text[:400]
    return urljoin(str(page.url), action[1]), {"prompt": prompt[1], "login": subject, "password": "x"}
