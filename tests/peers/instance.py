"""A running instance on the tests' database, as the installation starts it, and one person's calls to it."""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.db import connection
from pypdf import PdfReader

from orr.tlog.note import generate_skey
from tests.demo.peers import free_port, running
from tests.factories.people import PASSWORD
from tests.factories.receiver import SECRET

SERVER = ("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--workers", "1",
          "--blocking-threads", "8", "--no-ws", "--log-level", "error", "orr.wsgi:application")  # fmt: skip


def database_url() -> str:
    """The tests' own database, for another process."""
    of = connection.settings_dict
    port = f"&port={of['PORT']}" if of["PORT"] else ""
    who = f"{quote(of['USER'])}:{quote(of['PASSWORD'])}@" if of["USER"] else ""
    return f"postgresql://{who}/{of['NAME']}?host={quote(of['HOST'], safe='')}{port}"


@contextmanager
def instance(state: Path, sources: Path) -> Iterator[str]:
    """The web server with a state and a log's key of its own; tasks run in it. Yields its address."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    (state / "static").mkdir(parents=True)
    key = state / "tlog.key"
    key.write_text(generate_skey(settings.TLOG_ORIGIN) + "\n", encoding="ascii")
    key.chmod(0o400)
    env = {
        "DATABASE_URL": database_url(), "PLURA_STATE": str(state), "PLURA_SOURCES": str(sources),
        "TLOG_KEY_FILE": str(key), "PLANT_SECRET": SECRET, "PUBLIC_URL": base, "CELERY_EAGER": "1",
    }  # fmt: skip
    command = [sys.executable, *SERVER, "--port", str(port)]
    with running(command, f"{base}/healthz", state / "web.log", env, seconds=60):
        yield base


def squeezed(text: str) -> str:
    """The text without its spaces: a page may break a line anywhere."""
    return "".join(text.split())


@dataclass(frozen=True)
class Caller:
    """One person's calls to the instance: by token, by the command, and signed in."""

    base: str
    token: str
    username: str

    def get(self, path: str, lang: str = "en", **query: str) -> Any:
        """GET of the API; its JSON."""
        return self._call("GET", path, lang, params=query).raise_for_status().json()

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """POST to the API; the answer as it is."""
        return self._call("POST", path, "en", json=body)

    def pdf(self, code: str, lang: str) -> str:
        """The report's text, squeezed."""
        answer = self._call("GET", "/v1/orr/report", lang, params={"id": code, "lang": lang})
        reader = PdfReader(BytesIO(answer.raise_for_status().content))
        return squeezed(" ".join(page.extract_text() for page in reader.pages))

    def page(self, path: str, lang: str) -> str:
        """The text of a page as the person sees it signed in, squeezed."""
        said = {"Accept-Language": lang}
        with httpx.Client(base_url=self.base, headers=said, follow_redirects=True, timeout=30) as browser:
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/signin").text)
            assert token
            form = {"username": self.username, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
            browser.post("/signin", data=form, headers={"Referer": self.base}).raise_for_status()
            shown = browser.get(path).raise_for_status()
        assert shown.url.path == path
        return squeezed(unescape(re.sub(r"<[^>]+>", " ", shown.text)))

    def status(self, code: str) -> tuple[int, str]:
        """`plura orr status`: its exit code and what it says."""
        env = {**os.environ, "PLURA_URL": self.base, "PLURA_TOKEN": self.token}
        command = [sys.executable, "-m", "orr.cli", "orr", "status", code]
        ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert not ended.stderr, ended.stderr
        return ended.returncode, squeezed(ended.stdout)

    def _call(self, method: str, path: str, lang: str, **sent: Any) -> httpx.Response:
        said = {"Authorization": f"Bearer {self.token}", "Accept-Language": lang}
        if method == "POST":
            said["Idempotency-Key"] = str(uuid.uuid4())
        return httpx.request(method, self.base + path, headers=said, timeout=60, **sent)
