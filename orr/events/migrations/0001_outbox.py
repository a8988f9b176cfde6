"""The outbox of the event hub: what an event says never changes, what was sent stays sent."""

import orr.lib.sentence
import uuid
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION orr_events_guard_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE delivery text[] := '{due_at,tries,refused,why,sent_at,dead_at}';
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.type <> 'ops.approval.probe' OR OLD.refused > 0 THEN
            RAISE EXCEPTION 'an event of the outbox is never deleted' USING ERRCODE = 'check_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.sent_at IS NOT NULL OR NEW.dead_at IS NOT NULL OR NEW.tries <> 0 OR NEW.refused <> 0 THEN
            RAISE EXCEPTION 'an event begins unsent' USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.envelope->>'id', NEW.envelope->>'type', NEW.envelope->>'subject')
           IS DISTINCT FROM (NEW.event_id::text, NEW.type::text, NEW.subject::text) THEN
            RAISE EXCEPTION 'an event is what its row says' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - delivery <> to_jsonb(OLD) - delivery THEN
        RAISE EXCEPTION 'what an event says is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.tries < OLD.tries OR NEW.refused < OLD.refused
       OR (OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at) THEN
        RAISE EXCEPTION 'what was tried and sent stays tried and sent' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER orr_events_guard_outbox BEFORE INSERT OR UPDATE OR DELETE ON orr_events_outgoing
    FOR EACH ROW EXECUTE FUNCTION orr_events_guard_outbox();
"""
BACKWARD = """
DROP TRIGGER orr_events_guard_outbox ON orr_events_outgoing;
DROP FUNCTION orr_events_guard_outbox();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("type", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=150, unique=True)),
                ("envelope", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("why", orr.lib.sentence.SentenceField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("dead_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sent_at", None)),
                        fields=["subject", "id"],
                        name="outgoing_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("type", "ops.approval.probe")),
                        fields=["recorded_at"],
                        name="outgoing_probes",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("type__regex", "^ops(\\.[a-z]+)+$")),
                        name="outgoing_type_is_of_the_hub",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject", ""), _negated=True), models.Q(("key", ""), _negated=True)
                        ),
                        name="outgoing_has_a_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sent_at", None), ("dead_at", None), _connector="OR"),
                        name="outgoing_sent_is_no_dead_letter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at", None), ("sent_at__gte", models.F("recorded_at")), _connector="OR"
                        ),
                        name="outgoing_sent_after_written",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dead_at", None), ("why__isnull", False), _connector="OR"),
                        name="outgoing_dead_letter_says_why",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
