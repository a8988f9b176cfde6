"""The inbox of our notifier: received once, acknowledged once, sent again by somebody."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


FORWARD = """
CREATE FUNCTION orr_messages_is_probe(wanted bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM orr_events_outgoing WHERE id = wanted AND type = 'ops.approval.probe')
$$;

CREATE FUNCTION orr_messages_guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND orr_messages_is_probe(OLD.event_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what was received stays received' USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION orr_messages_guard_acknowledgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'an acknowledgement is never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NOT orr_messages_is_probe(NEW.probe_id) THEN
        RAISE EXCEPTION 'only a probe is acknowledged' USING ERRCODE = 'check_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;

CREATE FUNCTION orr_messages_guard_sent_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who sent a letter again is never changed' USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER orr_messages_guard_receipt BEFORE UPDATE OR DELETE ON orr_messages_receipt
    FOR EACH ROW EXECUTE FUNCTION orr_messages_guard_receipt();
CREATE TRIGGER orr_messages_guard_acknowledgement BEFORE INSERT OR UPDATE ON orr_messages_acknowledgement
    FOR EACH ROW EXECUTE FUNCTION orr_messages_guard_acknowledgement();
CREATE TRIGGER orr_messages_guard_sent_again BEFORE UPDATE OR DELETE ON orr_messages_sentagain
    FOR EACH ROW EXECUTE FUNCTION orr_messages_guard_sent_again();
"""
BACKWARD = """
DROP TRIGGER orr_messages_guard_sent_again ON orr_messages_sentagain;
DROP TRIGGER orr_messages_guard_acknowledgement ON orr_messages_acknowledgement;
DROP TRIGGER orr_messages_guard_receipt ON orr_messages_receipt;
DROP FUNCTION orr_messages_guard_sent_again();
DROP FUNCTION orr_messages_guard_acknowledgement();
DROP FUNCTION orr_messages_guard_receipt();
DROP FUNCTION orr_messages_is_probe(bigint);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("orr_events", "0001_outbox"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipt",
                        to="orr_events.outgoing",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SentAgain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sent_again",
                        to="orr_events.outgoing",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Acknowledgement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("consumer", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                (
                    "probe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="acknowledgements",
                        to="orr_events.outgoing",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("probe", "consumer"), name="a_consumer_acknowledges_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("consumer", ""), _negated=True), name="acknowledged_by_somebody"
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
