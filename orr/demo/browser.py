"""A person at a browser: signs in, opens pages, fills in their forms, with cookies and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from orr.demo.place import PASSWORD


class NotAccepted(Exception):
    """The page has no such form, or its answer was a refusal; the text says which."""


@dataclass
class Form:
    """Where a form goes, the values it has, and the names of all its fields."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Person:
    """One session; `username` is one of the demo's accounts."""

    def __init__(self, base: str, username: str) -> None:
        self._base, self._username = base, username
        self._http = httpx.Client(follow_redirects=True, timeout=60, headers={"Accept-Language": "en"})

    def close(self) -> None:
        """Leave; the session itself ends on the site."""
        self._http.close()

    def submit(self, path: str, values: Mapping[str, str], password_field: str | None = None) -> None:
        """Open the page and send its form that has every field of `values`. Raises NotAccepted."""
        page = self._open(path)
        form = _find(page.text, set(values))
        if form is None:
            raise NotAccepted(f"{path} has no form with {', '.join(sorted(values))}")
        sent = {**form.values, **values}
        if password_field:
            sent[password_field] = PASSWORD
        self._send(urljoin(str(page.url), form.action or str(page.url)), sent)

    def _open(self, path: str) -> httpx.Response:
        page = self._http.get(self._base + path)
        if urlsplit(str(page.url)).path == "/signin":
            self._sign_in(page)
            page = self._http.get(self._base + path)
        if page.status_code != 200:
            raise NotAccepted(f"{path} answered {page.status_code}")
        return page

    def _sign_in(self, page: httpx.Response) -> None:
        form = _find(page.text, {"username", "password"})
        if form is None:
            raise NotAccepted("the sign-in page has no form")
        sent = {**form.values, "username": self._username, "password": PASSWORD}
        self._send(urljoin(str(page.url), form.action or str(page.url)), sent)

    def _send(self, url: str, values: Mapping[str, str]) -> None:
        # A browser says where a form came from; the site refuses forms that come from elsewhere.
        answer = self._http.post(url, data=dict(values), headers={"Referer": url, "Origin": self._base})
        if answer.status_code >= 400:
            raise NotAccepted(f"{urlsplit(url).path}: {answer.status_code} {_alert(answer.text)}")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.alert: list[str] = []
        self._inside = False
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get("role") == "alert":
            self._depth = 1
        elif self._depth and tag not in ("br", "input", "img", "use", "path"):
            self._depth += 1
        if tag == "form":
            self.found.append(Form(given.get("action", ""), given.get("method", "get").lower()))
            self._inside = True
        elif self._inside and given.get("name") and tag in ("input", "textarea", "select", "button"):
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form = self.found[-1]
        form.names.add(given["name"])
        chosen = given.get("type") not in ("radio", "checkbox", "file") or "checked" in given
        if tag == "input" and chosen:
            form.values.setdefault(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and data.strip():
            self.alert.append(data.strip())


def _find(html: str, names: set[str]) -> Form | None:
    parser = _Forms()
    parser.feed(html)
    return next((f for f in parser.found if f.method == "post" and names <= f.names), None)


def _alert(html: str) -> str:
    parser = _Forms()
    parser.feed(html)
    return " ".join(parser.alert)[:300]
