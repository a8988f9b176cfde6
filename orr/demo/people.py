"""The demo's people, made by an administrator's own acts, and the tokens of its machines."""

import json
import os
from pathlib import Path

from orr.accounts import links, people, roles, tokens
from orr.accounts.models import ApiToken, Role, User
from orr.demo.place import PASSWORD
from orr.lib.errors import OrrError

ADMIN = "admin"
NAMES = {
    "manager": ("김도윤 Doyun Kim", Role.RELEASE_MANAGER),
    "sre": ("박지훈 Jihun Park", Role.SRE),
    "security": ("이서연 Seoyeon Lee", Role.SECURITY),
    "product": ("서다은 Daeun Seo", Role.PRODUCT),
    "data": ("오세훈 Sehun Oh", Role.DATA),
    "auditor": ("윤가람 Garam Yoon", Role.AUDITOR),
}
AUTHOR = "doyun.kim"
MACHINES = {
    "play": ["orr:read", "orr:write", "orr:decide", "orr:exit"],
    "pipeline": ["orr:read", "orr:evidence"],
    "deployer": ["orr:write"],
}
_DAYS = 366


def settle(tokens_file: Path) -> None:
    """Accounts, roles, the author mapping and tokens; what is there already stays as it is."""
    admin = _admin()
    for username, (name, role) in NAMES.items():
        if not User.objects.filter(username=username).exists():
            _, address = people.invite(username=username, name=name, wanted=[role.value], actor=admin)
            links.use(_secret_of(address), password=PASSWORD)
    manager = people.find("manager")
    people.map_author(author_id=AUTHOR, user=manager, actor=admin)
    _issue(manager, tokens_file)


def _admin() -> User:
    address = links.first_administrator()
    if address is not None:
        return links.use(_secret_of(address), password=PASSWORD)
    return next(user for user in roles.people_with(Role.ADMIN) if user.has_usable_password())


def _secret_of(address: str) -> str:
    return address.rsplit("/", 1)[1]


def _issue(manager: User, file: Path) -> None:
    """A token per machine, in a file that its owner alone can read; issued anew where one no longer works."""
    if file.exists() and _all_work(file):
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    for token in ApiToken.objects.filter(user=manager, name__in=MACHINES, revoked_at=None):
        tokens.revoke(user=manager, token_id=token.pk)
    made = {
        machine: tokens.issue(user=manager, scopes=scopes, days=_DAYS, name=machine)
        for machine, scopes in MACHINES.items()
    }
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump(made, out)
    fresh.replace(file)


def _all_work(file: Path) -> bool:
    try:
        found = json.loads(file.read_text())
        for machine in MACHINES:
            tokens.authenticate(str(found[machine]))
    except (OrrError, ValueError, KeyError):
        return False
    return True
