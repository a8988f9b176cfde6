"""The events that reach the plant: made up, but worked on for real."""

import random
import time
import uuid
from dataclasses import dataclass
from typing import Any

_TEMPLATES: tuple[tuple[int, str, str], ...] = (
    (3002, "authentication", "failed login as root from {host}"),
    (3002, "authentication", "login from {host}"),
    (4001, "network_connection", "beacon from {host} to an unknown address"),
    (4001, "network_connection", "connection from {host} to the update server"),
    (1001, "file_event", "download of {n} files on {host}"),
    (1001, "file_event", "malware signature in a download on {host}"),
    (4009, "email", "mail with attachment from {host}"),
)
_TENANTS = ("hanbit", "saebyeok", "dalbit")
_USERS = ("root", "minjae", "sehun", "haneul")


@dataclass(frozen=True)
class Event:
    """`at` in seconds since the epoch; `class_uid` is OCSF's, `category` the Sigma log source."""

    id: str
    at: float
    class_uid: int
    category: str
    message: str
    host: str
    user: str
    tenant: str

    def ocsf(self) -> dict[str, Any]:
        """The event in OCSF's shape."""
        return {
            "activity_id": 1,
            "category_uid": self.class_uid // 1000,
            "class_uid": self.class_uid,
            "type_uid": self.class_uid * 100 + 1,
            "severity_id": 2,
            "time": round(self.at * 1000),
            "message": self.message,
            "metadata": {"version": "1.5.0", "product": {"name": "plant", "vendor_name": "plant"}},
            "user": {"name": self.user},
            "device": {"hostname": self.host, "type_id": 1},
            "unmapped": {"tenant": self.tenant},
        }


def next_event(dice: random.Random) -> Event:
    """One event of now."""
    class_uid, category, text = dice.choice(_TEMPLATES)
    host = f"host-{dice.randrange(40):02d}"
    message = text.format(host=host, n=dice.randrange(2, 900))
    user, tenant = dice.choice(_USERS), dice.choice(_TENANTS)
    return Event(uuid.uuid4().hex, time.time(), class_uid, category, message, host, user, tenant)
