"""A stop by a delegation is by its deputy's own hand, said in the database."""

from django.db import migrations

# After the guard of the row itself, by its name: what ended, and when, is settled there.
FORWARD = """
CREATE FUNCTION decisions_guard_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM approvals_request q JOIN approvals_delegation d ON d.id = q.ended_delegation_id
               WHERE q.id = NEW.request_id AND d.deputy_id IS DISTINCT FROM NEW.ended_by_id) THEN
        RAISE EXCEPTION 'who stops for somebody is the deputy named' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_stopping_hand BEFORE UPDATE ON decisions_proposal
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION decisions_guard_hand();
"""
BACKWARD = """
DROP TRIGGER guard_stopping_hand ON decisions_proposal;
DROP FUNCTION decisions_guard_hand();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('decisions', '0005_sending_an_analysis_back'),
        ('approvals', '0006_deputies_also_stop'),
    ]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
