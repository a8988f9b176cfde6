"""What was delivered, opened and asked stays; an answer is never turned into an approval, and ends once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION hooks_row_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a row of % is never changed or removed', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON hooks_delivery
  FOR EACH ROW EXECUTE FUNCTION hooks_row_stays();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON hooks_ask
  FOR EACH ROW EXECUTE FUNCTION hooks_row_stays();

CREATE FUNCTION hooks_opening_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.commit <> '' OR to_jsonb(NEW) - 'commit' <> to_jsonb(OLD) - 'commit' THEN
    RAISE EXCEPTION 'of an opening only the commit becomes known, once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER opening_stays BEFORE UPDATE OR DELETE ON hooks_opening
  FOR EACH ROW EXECUTE FUNCTION hooks_opening_stays();

CREATE FUNCTION hooks_answer_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := '{approved,why,state,attempts,next_at,lease_until,reason,ended_at}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'answers are kept' USING ERRCODE = 'check_violation';
  END IF;
  IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
    RAISE EXCEPTION 'of an answer only its sending moves' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.approved AND NOT OLD.approved OR (NEW.why <> OLD.why AND NEW.approved = OLD.approved) THEN
    RAISE EXCEPTION 'an approval may become a refusal before it was sent, and nothing else'
      USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state <> 'waiting' THEN
    RAISE EXCEPTION 'an answer ends once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON hooks_answer
  FOR EACH ROW EXECUTE FUNCTION hooks_answer_is_decided_once();
"""
BACKWARD = """
DROP TRIGGER decided_once ON hooks_answer;
DROP FUNCTION hooks_answer_is_decided_once();
DROP TRIGGER opening_stays ON hooks_opening;
DROP FUNCTION hooks_opening_stays();
DROP TRIGGER stays ON hooks_ask;
DROP TRIGGER stays ON hooks_delivery;
DROP FUNCTION hooks_row_stays();
"""


class Migration(migrations.Migration):
    """Add the triggers."""

    dependencies = [("hooks", "0001_deliveries_and_answers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
