"""People for tests, with roles that count."""

from datetime import timedelta

from orr.accounts import people, roles
from orr.accounts.models import RoleGrant, User
from orr.lib import clock

PASSWORD = "a-long-test-password"


def person(username: str, *held: str, counts: bool = True) -> User:
    """A person with these roles; with `counts` False the grants are too young to sign."""
    user = User(username=username, name=username.replace("_", " ").title())
    user.set_password(PASSWORD)
    user.save()
    for role in held:
        roles.grant(user=user, role=role, actor=people.system(), at_once=counts)
    return user


def age_grants(user: User, by: timedelta) -> None:
    """Let the person's grants count from `by` ago."""
    RoleGrant.objects.filter(user=user).update(counts_from=clock.now() - by)
