"""People, role grants, author mappings, one-time links and API tokens."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SYSTEM_USERNAME = "system"


class Role(models.TextChoices):
    """What a person may be responsible for."""

    RELEASE_MANAGER = "release_manager", _("Release manager")
    SRE = "sre", pgettext_lazy("role", "SRE")
    SECURITY = "security", pgettext_lazy("role", "Security")
    PRODUCT = "product", pgettext_lazy("role", "Product")
    DATA = "data", pgettext_lazy("role", "Data")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Administrator")


APPROVER_ROLES = frozenset({Role.SRE.value, Role.SECURITY.value, Role.PRODUCT.value, Role.DATA.value})


class User(AbstractUser):
    """A person who signs in, or the system itself (`system`, which cannot)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_system(self) -> bool:
        """Whether this is the system's own actor."""
        return self.username == SYSTEM_USERNAME


class RoleGrant(models.Model):
    """A role given to a person; it counts for signing from `counts_from` until it is revoked."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(db_default=Now())
    counts_from = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(revoked_at=None), name="one_live_grant_per_role"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="grant_of_a_known_role"),
        ]


class AuthorMapping(models.Model):
    """Which person an author id of a forge is."""

    author_id = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="author_ids")
    mapped_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    mapped_at = models.DateTimeField(db_default=Now())


class OneTimeLink(models.Model):
    """A link that lets one person set a password, once; only its hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="links")
    sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiToken(models.Model):
    """A token of a person, with scopes and an end; shown once, kept as its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    made_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="token_ends_after_it_began"
            ),
        ]
