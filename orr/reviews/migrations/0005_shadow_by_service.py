"""A review is in shadow only while every service that it touches is; and set-up ends with the first review."""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION reviews_guard_shadow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE services jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.shadow IS DISTINCT FROM OLD.shadow
       AND (OLD.state NOT IN ('checking', 'void') OR NEW.change_set_id = OLD.change_set_id) THEN
        RAISE EXCEPTION 'whether a review is in shadow changes only with its change set'
            USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.shadow AND NOT OLD.shadow THEN
        RAISE EXCEPTION 'a real review stays real' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT NEW.shadow OR (TG_OP = 'UPDATE' AND OLD.shadow AND NEW.change_set_id = OLD.change_set_id) THEN
        RETURN NEW;
    END IF;
    SELECT body -> 'service_ids' INTO services FROM changes_changeset WHERE id = NEW.change_set_id;
    IF coalesce(jsonb_typeof(services), 'null') <> 'array' OR jsonb_array_length(services) = 0 OR EXISTS (
        SELECT 1 FROM jsonb_array_elements_text(services) AS named(service)
        WHERE NOT EXISTS (
            SELECT 1 FROM policies_servicemode m WHERE m.service_id = named.service
            AND m.mode = 'shadow' AND m.counts_from IS NOT NULL AND m.ended_at IS NULL)) THEN
        RAISE EXCEPTION 'a review that touches an enforced service is enforced'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_shadow BEFORE INSERT OR UPDATE OF shadow, change_set_id ON reviews_review
    FOR EACH ROW EXECUTE FUNCTION reviews_guard_shadow();

CREATE FUNCTION reviews_guard_setup() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.at_setup AND EXISTS (SELECT 1 FROM reviews_review) THEN
        RAISE EXCEPTION 'set-up is over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_setup BEFORE INSERT ON policies_servicemode
    FOR EACH ROW EXECUTE FUNCTION reviews_guard_setup();
"""
BACKWARD = """
DROP TRIGGER guard_setup ON policies_servicemode;
DROP FUNCTION reviews_guard_setup();
DROP TRIGGER guard_shadow ON reviews_review;
DROP FUNCTION reviews_guard_shadow();
"""


class Migration(migrations.Migration):
    """Shadow by service."""

    dependencies = [
        ("reviews", "0004_find_the_reviews_of_a_team"),
        ("policies", "0003_shadow_by_service"),
        ("changes", "0001_initial"),
    ]
    operations = [
        migrations.AddField(
            model_name="review",
            name="shadow",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
