"""Break-glass: the items passed by name, no timelock only where the profile allows it, and its debt."""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION decisions_guard_delay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE policy jsonb; delay interval; signed jsonb;
BEGIN
    SELECT r.profile -> 'policy' INTO policy FROM reviews_review r WHERE r.id = NEW.review_id;
    SELECT q.delay INTO delay FROM approvals_request q WHERE q.id = NEW.request_id;
    signed := convert_from(NEW.payload, 'UTF8')::jsonb -> 'break_glass';
    IF to_jsonb(NEW.break_glass) IS DISTINCT FROM signed -> 'items' THEN
        RAISE EXCEPTION 'break-glass is what is signed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.break_glass IS NULL THEN
        IF signed IS NOT NULL OR delay IS NULL
           OR delay < make_interval(secs => (policy ->> 'timelock')::double precision) THEN
            RAISE EXCEPTION 'the timelock of the profile is never undercut' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF coalesce(jsonb_typeof(policy -> 'break_glass'), 'null') <> 'object' THEN
        RAISE EXCEPTION 'the profile allows no break-glass' USING ERRCODE = 'check_violation';
    END IF;
    IF delay <> interval '0' OR signed ->> 'reason_sha256'
       IS DISTINCT FROM encode(sha256(convert_to(NEW.reason, 'UTF8')), 'hex') THEN
        RAISE EXCEPTION 'break-glass has no timelock and the reason that is signed'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_delay BEFORE INSERT ON decisions_proposal
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_delay();

CREATE FUNCTION decisions_open_debt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE named varchar[]; within double precision;
BEGIN
    SELECT p.break_glass, (r.profile #>> '{policy,break_glass,second_look_within}')::double precision
        INTO named, within
        FROM decisions_proposal p JOIN reviews_review r ON r.id = p.review_id WHERE p.id = NEW.proposal_id;
    IF named IS NOT NULL THEN
        INSERT INTO decisions_debt (decision_id, items, opened_at, due_at)
            VALUES (NEW.id, named, NEW.effective_at, NEW.effective_at + make_interval(secs => within));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER open_debt AFTER INSERT ON decisions_decision
    FOR EACH ROW EXECUTE FUNCTION decisions_open_debt();

CREATE FUNCTION decisions_guard_debt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'a debt is never changed or deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'only a break-glass effect opens a debt' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_debt BEFORE INSERT OR UPDATE OR DELETE ON decisions_debt
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_debt();

CREATE FUNCTION decisions_guard_second_look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'a second look is never changed or deleted' USING ERRCODE = 'check_violation';
    END IF;
    NEW.at := clock_timestamp();
    IF EXISTS (
        SELECT 1 FROM decisions_debt d
            JOIN decisions_decision x ON x.id = d.decision_id
            JOIN decisions_proposal p ON p.id = x.proposal_id
            JOIN reviews_review r ON r.id = x.review_id
            WHERE d.id = NEW.debt_id AND (NEW.by_id IN (r.requester_id, p.proposed_by_id) OR EXISTS (
                SELECT 1 FROM reviews_editor e WHERE e.review_id = r.id AND e.person_id = NEW.by_id) OR EXISTS (
                SELECT 1 FROM approvals_approval a
                WHERE a.request_id = p.request_id AND NEW.by_id IN (a.person_id, a.on_behalf_of_id)))) THEN
        RAISE EXCEPTION 'a second look is taken by who had no part in it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_second_look BEFORE INSERT OR UPDATE OR DELETE ON decisions_secondlook
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_second_look();
"""

BACKWARD = """
DROP TRIGGER guard_second_look ON decisions_secondlook;
DROP FUNCTION decisions_guard_second_look();
DROP TRIGGER guard_debt ON decisions_debt;
DROP FUNCTION decisions_guard_debt();
DROP TRIGGER open_debt ON decisions_decision;
DROP FUNCTION decisions_open_debt();
DROP TRIGGER guard_delay ON decisions_proposal;
DROP FUNCTION decisions_guard_delay();
"""


def _codes(**how: bool) -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.CharField(max_length=4), size=None, **how
    )


class Migration(migrations.Migration):
    """The columns, the debt and its second look, and the laws of all three."""

    dependencies: ClassVar[list[object]] = [
        ("approvals", "0004_laws_of_delegation"),
        ("decisions", "0003_root_cause_analysis"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar[list[object]] = [
        migrations.AddField("proposal", "break_glass", _codes(null=True)),
        migrations.AddConstraint(
            "proposal",
            models.CheckConstraint(
                condition=models.Q(("break_glass", None), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="break_glass_says_why",
            ),
        ),
        migrations.CreateModel(
            name="Debt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False, verbose_name="ID")),
                ("items", _codes()),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="debt", to="decisions.decision"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-opened_at", "-id"], name="debt_latest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("opened_at"))), name="debt_is_due_after_it_opened"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondLook",
            fields=[
                ("id", models.BigAutoField(primary_key=True, auto_created=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("upheld", models.BooleanField()),
                ("finding", models.TextField(max_length=2000)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "debt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="second_look", to="decisions.debt"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("finding", ""), _negated=True), name="a_second_look_has_a_finding"
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
