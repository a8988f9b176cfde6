"""Evidence says for whom it was measured, and what is carried is held to what it was there."""

from django.db import migrations, models
from django.db.models import F, Q

FORWARD = """
CREATE FUNCTION evidence_carried_as_it_was() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE own text[] := '{id,subject,carried_from,judged,comparator,threshold}'; was evidence_evidence%ROWTYPE;
BEGIN
    IF NEW.carried_from = '' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO was FROM evidence_evidence e
        WHERE e.subject = NEW.carried_from AND e.item = NEW.item AND e.measured_at = NEW.measured_at
          AND e.carried_from = '' AND to_jsonb(e) - own = to_jsonb(NEW) - own
        ORDER BY (e.judged = 'red') DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'carried evidence is what it was, measured when it was'
            USING ERRCODE = 'check_violation';
    END IF;
    IF was.judged = 'red' AND NEW.judged <> 'red' THEN
        RAISE EXCEPTION 'what was red is not carried as anything else' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_carried_as_it_was BEFORE INSERT ON evidence_evidence
    FOR EACH ROW EXECUTE FUNCTION evidence_carried_as_it_was();
ALTER TABLE evidence_evidence ENABLE ALWAYS TRIGGER evidence_carried_as_it_was;
"""

BACKWARD = """
DROP TRIGGER evidence_carried_as_it_was ON evidence_evidence;
DROP FUNCTION evidence_carried_as_it_was();
"""


class Migration(migrations.Migration):
    """Carried evidence."""

    dependencies = [("evidence", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="evidence",
            name="carried_from",
            field=models.CharField(max_length=64, blank=True, default="", db_default=""),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.CheckConstraint(
                condition=Q(carried_from="") | (~Q(carried_from=F("subject")) & Q(outcome="reading")),
                name="carried_is_a_reading_of_another",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
