"""People, teams, role grants, author mappings, one-time links, API tokens; acts and denials."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from guardian.models import UserObjectPermissionBase

from orr.lib.sentence import SentenceField

SYSTEM_USERNAME = "system"
DEFAULT_TEAM = uuid.UUID("00000000-0000-4000-8000-000000000001")


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
    # An administrator gave this person a new way in: until then nothing they hold counts for signing.
    signs_from = models.DateTimeField(null=True)

    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def is_system(self) -> bool:
        """Whether this is the system's own actor."""
        return self.username == SYSTEM_USERNAME


class Team(models.Model):
    """Who owns services, and so the reviews of their changes; `view_team` is the right to see those."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(slug__regex=r"^[a-z0-9][a-z0-9-]{0,39}$"), name="team_slug_is_plain"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TeamPermission(UserObjectPermissionBase):
    """A person's right on one team (django-guardian), gone with the team and with the person."""

    content_object = models.ForeignKey(Team, models.CASCADE, related_name="rights")

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class TeamService(models.Model):
    """A service and the one team that owns it."""

    service_id = models.CharField(max_length=200, unique=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="services")


class RoleGrant(models.Model):
    """A role given to a person, in one team or (`team` None) everywhere.

    It counts for signing from `counts_from` until it is revoked: after 24 h, or from the moment at which
    a second administrator consented.
    """

    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="grants")
    user = models.ForeignKey(User, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(db_default=Now())
    counts_from = models.DateTimeField()
    consented_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    consented_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "role", "team"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="one_live_grant_per_role",
            ),
            models.CheckConstraint(
                condition=Q(consented_by=None, consented_at=None)
                | (
                    Q(consented_by__isnull=False, consented_at__isnull=False)
                    & ~Q(consented_by=F("granted_by"))
                    & ~Q(consented_by=F("user"))
                ),
                name="a_second_administrator_consents",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="grant_of_a_known_role"),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMIN.value) | Q(team=None), name="administrators_are_of_everything"
            ),
            models.CheckConstraint(
                condition=Q(team=None) | ~Q(team=DEFAULT_TEAM), name="no_role_in_the_team_of_everyone"
            ),
        ]


class AuthorMapping(models.Model):
    """Which person an author id of a forge is."""

    author_id = models.CharField(max_length=200, unique=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="author_ids")
    mapped_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Whom the id was said to be before, and who said so: a new mapping lifts nobody's bar.
    former = ArrayField(models.UUIDField(), default=list)
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


class Act(models.Model):
    """An act on a person or a team: the canonical bytes whose hash stands in the transparency log."""

    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="acts")
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="acts")
    record = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at", "-id"], name="act_latest_first"),
            models.Index(fields=["person", "-at", "-id"], name="act_by_person"),
        ]


class Lockout(models.Model):
    """How often a door was tried in vain since `since`, by the hash of whom it was tried for."""

    key = models.CharField(primary_key=True, max_length=64)
    failures = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()


class Denial(models.Model):
    """What was refused to whom, and why; what they typed is not in it."""

    at = models.DateTimeField(db_default=Now())
    person = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    # A proven person's id, or a keyed hash of the address of somebody who only says who they are.
    counted_under = models.CharField(max_length=32, blank=True)
    via = models.CharField(max_length=10)
    method = models.CharField(max_length=8)
    route = models.CharField(max_length=200)
    subject = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField()
    reason = SentenceField()
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["-at", "-id"], name="denial_latest_first"),
            models.Index(fields=["subject", "-at"], name="denial_by_subject"),
            models.Index(fields=["person", "-at", "-id"], name="denial_by_person"),
            models.Index(fields=["counted_under", "-at"], name="denial_by_who_counts"),
        ]
