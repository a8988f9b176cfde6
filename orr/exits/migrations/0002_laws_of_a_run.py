"""What has ended stays as it ended, held by the database."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION exits_ended_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL AND NEW.state IS DISTINCT FROM OLD.state THEN
    RAISE EXCEPTION 'what ended % cannot become %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER run_ended_is_final BEFORE UPDATE ON exits_run
  FOR EACH ROW EXECUTE FUNCTION exits_ended_is_final();
CREATE TRIGGER key_ended_is_final BEFORE UPDATE ON exits_key
  FOR EACH ROW EXECUTE FUNCTION exits_ended_is_final();

CREATE FUNCTION exits_order_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.run_id, NEW.leg, NEW.name, NEW.target, NEW.desired, NEW.expected, NEW.idempotency_key, NEW.after)
     IS DISTINCT FROM
     (OLD.run_id, OLD.leg, OLD.name, OLD.target, OLD.desired, OLD.expected, OLD.idempotency_key, OLD.after) THEN
    RAISE EXCEPTION 'the intent of a key is never changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER key_order_is_fixed BEFORE UPDATE ON exits_key
  FOR EACH ROW EXECUTE FUNCTION exits_order_is_fixed();

CREATE FUNCTION exits_attempt_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'attempts are kept' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.sent_at IS NOT NULL AND NEW.sent_at IS DISTINCT FROM OLD.sent_at THEN
    RAISE EXCEPTION 'an attempt sends once' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.outcome IN ('proven', 'conflict', 'retry', 'unknown', 'late')
     AND NEW.outcome IS DISTINCT FROM OLD.outcome THEN
    RAISE EXCEPTION 'an attempt ends once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempt_is_kept BEFORE UPDATE OR DELETE ON exits_attempt
  FOR EACH ROW EXECUTE FUNCTION exits_attempt_is_kept();
"""
BACKWARD = """
DROP TRIGGER attempt_is_kept ON exits_attempt;
DROP TRIGGER key_order_is_fixed ON exits_key;
DROP TRIGGER key_ended_is_final ON exits_key;
DROP TRIGGER run_ended_is_final ON exits_run;
DROP FUNCTION exits_attempt_is_kept();
DROP FUNCTION exits_order_is_fixed();
DROP FUNCTION exits_ended_is_final();
"""


class Migration(migrations.Migration):
    dependencies = [("exits", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
