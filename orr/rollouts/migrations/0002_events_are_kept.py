"""Stage events are written once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION rollouts_event_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'stage events are kept as they were written' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER stage_event_is_kept BEFORE UPDATE OR DELETE ON rollouts_stageevent
  FOR EACH ROW EXECUTE FUNCTION rollouts_event_is_kept();
"""
BACKWARD = """
DROP TRIGGER stage_event_is_kept ON rollouts_stageevent;
DROP FUNCTION rollouts_event_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("rollouts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
