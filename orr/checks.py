"""System checks: every misconfiguration has an id, a sentence and a hint."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning
from django.core.checks import register as register_check
from django.db import DatabaseError, connection

from orr.events import hub, schemas
from orr.lib.errors import Invalid
from orr.profiles import load

# Where nothing leaves the machine.
SAFE = (("http", "localhost"), ("http", "127.0.0.1"))
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def register() -> None:
    """Register all checks of the product."""
    register_check(secrets, Tags.security)
    register_check(demo_stays_on_loopback, Tags.security)
    register_check(organisation, Tags.security)
    register_check(passkeys_need_a_name, Tags.security)
    register_check(event_hub)
    register_check(log_key, Tags.security, deploy=True)
    register_check(profiles)
    register_check(durable_database, Tags.database)


def secrets(**_: Any) -> list[CheckMessage]:
    """The secret key is there and long enough."""
    if len(settings.SECRET_KEY) < 40:
        hint = "Set SECRET_KEY, or SECRET_KEY_FILE, to 50 random characters."
        return [Error("The secret key is missing or short.", hint=hint, id="orr.E001")]
    if settings.DEBUG:
        return [Warning("DEBUG is on.", hint="Unset DEBUG outside development.", id="orr.W002")]
    return []


def demo_stays_on_loopback(**_: Any) -> list[CheckMessage]:
    """Demo accounts have known passwords: refused anywhere but in the demo on this machine."""
    if settings.PLURA_DEMO and "//localhost" not in settings.PUBLIC_URL:
        hint = "Unset PLURA_DEMO, or serve the demo at http://localhost only."
        return [Error("Demo accounts would be reachable from outside.", hint=hint, id="orr.E003")]
    return []


def organisation(**_: Any) -> list[CheckMessage]:
    """The organisation's sign-in is configured wholly or not at all, and its secret travels encrypted."""
    names = ("OIDC_SERVER_URL", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    missing = [name for name in names if not getattr(settings, name)]
    if 0 < len(missing) < len(names):
        hint = f"Set {', '.join(missing)} too, or none of {', '.join(names)}."
        return [Error("The organisation's sign-in is half configured.", hint=hint, id="orr.E020")]
    url = urlsplit(settings.OIDC_SERVER_URL)
    if not missing and (url.scheme, url.hostname) not in SAFE and url.scheme != "https":
        hint = "Set OIDC_SERVER_URL to the issuer's https:// address."
        return [Error("The organisation's sign-in would be asked in the clear.", hint=hint, id="orr.E021")]
    return []


def passkeys_need_a_name(**_: Any) -> list[CheckMessage]:
    """Browsers offer passkeys on https, and on localhost by that name."""
    url = urlsplit(settings.PUBLIC_URL)
    if url.scheme == "https" or (url.scheme, url.hostname) == ("http", "localhost"):
        return []
    hint = "Serve https, or use http://localhost on this machine, and set PUBLIC_URL to it."
    return [Warning("Passkeys do not work at this PUBLIC_URL.", hint=hint, id="orr.W022")]


def event_hub(**_: Any) -> list[CheckMessage]:
    """Events go to a broker that we can speak to, and a probe is answered by a consumer that has a name."""
    scheme = urlsplit(settings.EVENT_HUB_URL).scheme
    if scheme not in (*hub.OPTIONS, "memory"):
        hint = f"Set EVENT_HUB_URL to an address that begins with one of: {', '.join(hub.OPTIONS)}."
        return [Error(f"The event hub's address begins with “{scheme}”.", hint=hint, id="orr.E023")]
    if not schemas.is_consumer(settings.EVENT_HUB_CONSUMER):
        hint = "Set EVENT_HUB_CONSUMER to the name the consumer states in its answer, or unset it."
        return [Error("No consumer has the name in EVENT_HUB_CONSUMER.", hint=hint, id="orr.E024")]
    return []


def log_key(**_: Any) -> list[CheckMessage]:
    """The transparency log has a key to sign with."""
    if not settings.TLOG_KEY_FILE:
        hint = "Set TLOG_KEY_FILE to a file that only this service can read."
        return [Error("The transparency log has no signing key.", hint=hint, id="orr.E004")]
    return []


def profiles(**_: Any) -> list[CheckMessage]:
    """The folder of the organisation's profiles is there where one is named, and every file can be taken."""
    named = Path(settings.PLURA_PROFILES)
    if named != settings.STATE / "profiles" and not named.is_dir():
        hint = f"Make the folder {named}, or let PLURA_PROFILES name the one that holds the *.toml files."
        return [Error("The folder of PLURA_PROFILES is not there.", hint=hint, id="orr.E030")]
    found: list[CheckMessage] = []
    for name in load.names():
        try:
            load.get(name)
        except Invalid as error:
            hint = "What was in force stays in force; mend the file, and it counts with the next review."
            found += [Warning(str(one.sentence), hint=hint, id="orr.W031") for one in error.errors]
    return found


def durable_database(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """An acknowledged act survives a crash: the server's durability settings are on."""
    if not databases:
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(DURABLE)])
            off = sorted(name for name, setting in cursor.fetchall() if setting == "off")
    except DatabaseError as error:
        return [Error(f"The database does not answer: {error}", id="orr.E005")]
    if off:
        return [Error(f"The database may lose acknowledged acts: {', '.join(off)} off.", id="orr.E006")]
    return []
