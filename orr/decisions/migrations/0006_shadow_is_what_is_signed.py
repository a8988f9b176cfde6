"""What is signed and decided says that it is in shadow where its review is, and only there."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION decisions_guard_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stated jsonb; is_shadow boolean;
BEGIN
    SELECT shadow INTO is_shadow FROM reviews_review WHERE id = NEW.review_id;
    stated := convert_from(NEW.payload, 'UTF8')::jsonb -> 'shadow';
    IF (is_shadow AND stated IS DISTINCT FROM 'true'::jsonb) OR (NOT is_shadow AND stated IS NOT NULL) THEN
        RAISE EXCEPTION 'what is signed says whether it is in shadow' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_shadow BEFORE INSERT ON decisions_proposal
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_shadow();
CREATE TRIGGER guard_shadow BEFORE INSERT ON decisions_decision
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_shadow();
"""
BACKWARD = """
DROP TRIGGER guard_shadow ON decisions_decision;
DROP TRIGGER guard_shadow ON decisions_proposal;
DROP FUNCTION decisions_guard_shadow();
"""


class Migration(migrations.Migration):
    """A shadow decision is never taken for a real one."""

    dependencies = [
        ("decisions", "0005_sending_an_analysis_back"),
        ("reviews", "0005_shadow_by_service"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
