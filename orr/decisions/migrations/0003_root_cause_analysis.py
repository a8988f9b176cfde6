"""Root-cause analyses and their versions; what no writer may do to them, said in the database."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
INSERT INTO decisions_rca (review_id, cause, opened_at, due_at, closing_note)
    SELECT review_id, 'no_go', effective_at, rca_due_at, '' FROM decisions_decision WHERE decision = 'no_go';

CREATE FUNCTION decisions_rca_text(body jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_array(body->'happened', body->'causes',
        (SELECT jsonb_agg(a.value - 'done' ORDER BY a.ordinality)
         FROM jsonb_array_elements(body->'actions') WITH ORDINALITY a))
$$;
CREATE FUNCTION decisions_rca_is_complete(body jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT body->>'happened' <> '' AND jsonb_array_length(body->'causes') > 0
        AND jsonb_array_length(body->'actions') > 0
        AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(body->'actions') a
                        WHERE a->>'what' = '' OR a->>'owner' = '' OR a->>'due' = '')
$$;

CREATE FUNCTION decisions_guard_rca() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER guard_rca BEFORE INSERT OR UPDATE OR DELETE ON decisions_rca
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_rca();

CREATE FUNCTION decisions_guard_rca_revision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rca decisions_rca%ROWTYPE; last decisions_rcarevision%ROWTYPE; body jsonb; was jsonb;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'a version of an analysis is never changed or deleted'
            USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO rca FROM decisions_rca WHERE id = NEW.rca_id;
    SELECT * INTO last FROM decisions_rcarevision WHERE rca_id = NEW.rca_id ORDER BY number DESC LIMIT 1;
    body := convert_from(NEW.payload, 'UTF8')::jsonb;
    was := convert_from(last.payload, 'UTF8')::jsonb;
    IF NEW.number <> coalesce(last.number, 0) + 1
       OR NEW.digest <> 'sha256:' || encode(sha256(NEW.payload), 'hex') THEN
        RAISE EXCEPTION 'versions follow each other under their own digests' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.marks_only AND decisions_rca_text(body) IS DISTINCT FROM decisions_rca_text(was) THEN
        RAISE EXCEPTION 'a mark changes no text' USING ERRCODE = 'check_violation';
    END IF;
    IF rca.closed_at IS NOT NULL AND NOT NEW.marks_only THEN
        RAISE EXCEPTION 'a closed analysis keeps its text' USING ERRCODE = 'check_violation';
    END IF;
    IF rca.recorded_at IS NOT NULL AND NOT decisions_rca_is_complete(body) THEN
        RAISE EXCEPTION 'a recorded analysis stays complete' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_rca_revision BEFORE INSERT OR UPDATE OR DELETE ON decisions_rcarevision
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_rca_revision();
"""

BACKWARD = """
DROP TRIGGER guard_rca_revision ON decisions_rcarevision;
DROP FUNCTION decisions_guard_rca_revision();
DROP TRIGGER guard_rca ON decisions_rca;
DROP FUNCTION decisions_guard_rca();
DROP FUNCTION decisions_rca_is_complete(jsonb);
DROP FUNCTION decisions_rca_text(jsonb);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0002_laws_of_deciding'),
        ('reviews', '0003_team_and_replacement'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Rca',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(max_length=12)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closing_note', models.TextField(blank=True, max_length=2000)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rcas', to='reviews.review')),
            ],
        ),
        migrations.CreateModel(
            name='RcaRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('payload', models.BinaryField()),
                ('digest', models.CharField(max_length=71)),
                ('marks_only', models.BooleanField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rca', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='decisions.rca')),
            ],
            options={
                'ordering': ['rca', 'number'],
            },
        ),
        migrations.AddConstraint(
            model_name='rca',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('review', 'cause'), name='one_open_rca_per_cause'),
        ),
        migrations.AddConstraint(
            model_name='rca',
            constraint=models.CheckConstraint(condition=models.Q(('cause__in', ['no_go', 'exit', 'break_glass'])), name='rca_has_a_known_cause'),
        ),
        migrations.AddConstraint(
            model_name='rca',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('opened_at'))), name='rca_is_due_after_its_opening'),
        ),
        migrations.AddConstraint(
            model_name='rca',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recorded_at', None), ('recorded_by', None)), models.Q(('recorded_at__isnull', False), ('recorded_by__isnull', False)), _connector='OR'), name='rca_is_recorded_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='rca',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('closing_note', '')), models.Q(models.Q(('closing_note', ''), _negated=True), ('closed_at__gte', models.F('recorded_at')), ('closed_at__isnull', False), ('closed_by__isnull', False), ('recorded_at__isnull', False)), _connector='OR'), name='rca_is_closed_after_its_recording'),
        ),
        migrations.AddConstraint(
            model_name='rcarevision',
            constraint=models.UniqueConstraint(fields=('rca', 'number'), name='rca_versions_are_numbered'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
