"""Analyses that are sent back: by a second person, with a reason, and owed again from then on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION decisions_rca_is_returned(analysis bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM decisions_rcareturn r JOIN decisions_rcarevision v ON v.id = r.revision_id
                   WHERE v.rca_id = analysis AND NOT EXISTS (
                       SELECT 1 FROM decisions_rcarevision w
                       WHERE w.rca_id = analysis AND w.number > v.number AND NOT w.marks_only))
$$;

CREATE OR REPLACE FUNCTION decisions_guard_rca() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE body jsonb; closing text[] := '{closed_at,closed_by_id,closing_note}';
    recording text[] := '{recorded_at,recorded_by_id}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an analysis is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.recorded_at IS NOT NULL OR NEW.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'an analysis begins open' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.cause = 'no_go' AND NOT EXISTS (SELECT 1 FROM decisions_decision d
                WHERE d.review_id = NEW.review_id AND d.decision = 'no_go' AND d.rca_due_at = NEW.due_at) THEN
            RAISE EXCEPTION 'a No-Go opens its analysis, due when it says' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.closed_at IS NOT NULL OR to_jsonb(NEW) - closing - recording <> to_jsonb(OLD) - closing - recording
       OR (OLD.recorded_at IS NOT NULL AND (NEW.recorded_at, NEW.recorded_by_id)
           IS DISTINCT FROM (OLD.recorded_at, OLD.recorded_by_id)
           AND NOT (NEW.recorded_at IS NULL AND decisions_rca_is_returned(NEW.id))) THEN
        RAISE EXCEPTION 'an analysis is recorded once and closed once' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.recorded_at IS NOT NULL AND decisions_rca_is_returned(NEW.id) THEN
        RAISE EXCEPTION 'an analysis that was sent back is recorded again with another text'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT convert_from(payload, 'UTF8')::jsonb INTO body FROM decisions_rcarevision
        WHERE rca_id = NEW.id ORDER BY number DESC LIMIT 1;
    IF NEW.recorded_at IS NOT NULL AND (body IS NULL OR NOT decisions_rca_is_complete(body)) THEN
        RAISE EXCEPTION 'only a complete analysis is recorded' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM decisions_rcarevision
               WHERE rca_id = NEW.id AND NOT marks_only AND by_id = NEW.closed_by_id) THEN
        RAISE EXCEPTION 'a second person closes an analysis' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION decisions_guard_rca_return() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE version decisions_rcarevision%ROWTYPE; rca decisions_rca%ROWTYPE;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'that an analysis was sent back is never changed or deleted'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO version FROM decisions_rcarevision WHERE id = NEW.revision_id;
    SELECT * INTO rca FROM decisions_rca WHERE id = version.rca_id FOR UPDATE;
    IF rca.recorded_at IS NULL OR rca.closed_at IS NOT NULL
       OR EXISTS (SELECT 1 FROM decisions_rcarevision WHERE rca_id = rca.id AND number > version.number) THEN
        RAISE EXCEPTION 'the newest version of a recorded analysis is sent back, before it is closed'
            USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM decisions_rcarevision
               WHERE rca_id = rca.id AND NOT marks_only AND by_id = NEW.by_id) THEN
        RAISE EXCEPTION 'a second person sends an analysis back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_rca_return BEFORE INSERT OR UPDATE OR DELETE ON decisions_rcareturn
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_rca_return();

CREATE FUNCTION decisions_rca_is_owed_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE decisions_rca SET recorded_at = NULL, recorded_by_id = NULL
        WHERE id = (SELECT rca_id FROM decisions_rcarevision WHERE id = NEW.revision_id);
    RETURN NULL;
END $$;
CREATE TRIGGER rca_is_owed_again AFTER INSERT ON decisions_rcareturn
    FOR EACH ROW EXECUTE FUNCTION decisions_rca_is_owed_again();
"""

BACKWARD = """
DROP TRIGGER rca_is_owed_again ON decisions_rcareturn;
DROP FUNCTION decisions_rca_is_owed_again();
DROP TRIGGER guard_rca_return ON decisions_rcareturn;
DROP FUNCTION decisions_guard_rca_return();
CREATE OR REPLACE FUNCTION decisions_guard_rca() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE body jsonb; closing text[] := '{closed_at,closed_by_id,closing_note}';
    recording text[] := '{recorded_at,recorded_by_id}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an analysis is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.recorded_at IS NOT NULL OR NEW.closed_at IS NOT NULL THEN
            RAISE EXCEPTION 'an analysis begins open' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.cause = 'no_go' AND NOT EXISTS (SELECT 1 FROM decisions_decision d
                WHERE d.review_id = NEW.review_id AND d.decision = 'no_go' AND d.rca_due_at = NEW.due_at) THEN
            RAISE EXCEPTION 'a No-Go opens its analysis, due when it says' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.closed_at IS NOT NULL OR to_jsonb(NEW) - closing - recording <> to_jsonb(OLD) - closing - recording
       OR (OLD.recorded_at IS NOT NULL AND (NEW.recorded_at, NEW.recorded_by_id)
           IS DISTINCT FROM (OLD.recorded_at, OLD.recorded_by_id)) THEN
        RAISE EXCEPTION 'an analysis is recorded once and closed once' USING ERRCODE = 'check_violation';
    END IF;
    SELECT convert_from(payload, 'UTF8')::jsonb INTO body FROM decisions_rcarevision
        WHERE rca_id = NEW.id ORDER BY number DESC LIMIT 1;
    IF NEW.recorded_at IS NOT NULL AND (body IS NULL OR NOT decisions_rca_is_complete(body)) THEN
        RAISE EXCEPTION 'only a complete analysis is recorded' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM decisions_rcarevision
               WHERE rca_id = NEW.id AND NOT marks_only AND by_id = NEW.closed_by_id) THEN
        RAISE EXCEPTION 'a second person closes an analysis' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP FUNCTION decisions_rca_is_returned(bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0004_break_glass'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RcaReturn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('reason', models.TextField(max_length=2000)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revision', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='sent_back', to='decisions.rcarevision')),
            ],
        ),
        migrations.AddConstraint(
            model_name='rcareturn',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='rca_is_sent_back_for_a_reason'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
