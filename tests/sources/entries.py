"""Entries of a sources file with a secret, and the source that one of them makes."""

from orr.sources import load
from orr.sources.source import Source

A, B = "https://a.example.org", "https://b.example.org"
ENTRY = '[sources.{name}]\nkind = "prometheus"\nurl = "{url}"\nsecret_env = "{env}"\nsecret_for = "{url}"\n'


def entry(url: str, name: str = "m", env: str = "M_TOKEN") -> str:
    """An entry whose secret is in the environment."""
    return ENTRY.format(name=name, url=url, env=env)


def of_file(url: str, path: object) -> str:
    """An entry whose secret is in a file."""
    return entry(url).replace('secret_env = "M_TOKEN"', f'secret_file = "{path}"')


def the(name: str = "m") -> Source:
    """The source of that name, as the file says now."""
    found = load.sources().get(name)
    assert found is not None
    return found
