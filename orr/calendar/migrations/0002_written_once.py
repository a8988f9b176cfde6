"""A line of the calendar is written once and cancelled once: the database refuses everything else."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION calendar_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'what stands in the calendar is cancelled, never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.cancelled_at IS NOT NULL OR NEW.cancelled_at IS NULL
           OR to_jsonb(NEW) - '{cancelled_at,cancelled_by_id,cancelled_reason}'::text[]
              IS DISTINCT FROM to_jsonb(OLD) - '{cancelled_at,cancelled_by_id,cancelled_reason}'::text[] THEN
            RAISE EXCEPTION 'what stands in the calendar is cancelled, never changed'
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.cancelled_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF NEW.cancelled_at IS NOT NULL THEN
        RAISE EXCEPTION 'nothing is written cancelled' USING ERRCODE = 'check_violation';
    END IF;
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER guard_entry BEFORE INSERT OR UPDATE OR DELETE ON calendar_entry
    FOR EACH ROW EXECUTE FUNCTION calendar_guard_entry();
CREATE TRIGGER guard_entries BEFORE TRUNCATE ON calendar_entry
    FOR EACH STATEMENT EXECUTE FUNCTION calendar_guard_entry();
ALTER TABLE calendar_entry ENABLE ALWAYS TRIGGER guard_entry;
ALTER TABLE calendar_entry ENABLE ALWAYS TRIGGER guard_entries;
"""

BACKWARD = """
DROP TRIGGER guard_entries ON calendar_entry;
DROP TRIGGER guard_entry ON calendar_entry;
DROP FUNCTION calendar_guard_entry();
"""


class Migration(migrations.Migration):
    """Written once."""

    dependencies = [("calendar", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
