"""The system's own actor: it acts by rule and can never sign in."""

from orr.accounts.models import SYSTEM_USERNAME, User


def system() -> User:
    """The actor of everything that no person did."""
    user, made = User.objects.get_or_create(username=SYSTEM_USERNAME, defaults={"name": "system"})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
