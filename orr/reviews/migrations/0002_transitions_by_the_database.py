"""The database writes every change of state itself, and keeps that record from being changed."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
CREATE FUNCTION reviews_record_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state THEN
        INSERT INTO reviews_transition (review_id, before, after, verb, actor, at)
        VALUES (NEW.id, OLD.state, NEW.state,
                coalesce(nullif(current_setting('orr.verb', true), ''), 'unknown'),
                coalesce(nullif(current_setting('orr.actor', true), ''), 'unknown'), clock_timestamp());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER record_transition AFTER UPDATE ON reviews_review
    FOR EACH ROW EXECUTE FUNCTION reviews_record_transition();
CREATE FUNCTION reviews_transition_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a transition is never changed or removed'; END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON reviews_transition
    FOR EACH ROW EXECUTE FUNCTION reviews_transition_stays();
ALTER TABLE reviews_transition ENABLE ALWAYS TRIGGER stays;
"""
BACKWARD = """
DROP TRIGGER stays ON reviews_transition;
DROP FUNCTION reviews_transition_stays();
DROP TRIGGER record_transition ON reviews_review;
DROP FUNCTION reviews_record_transition();
"""


class Migration(migrations.Migration):
    """Add the triggers."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("reviews", "0001_initial")]
    operations: ClassVar[list[migrations.RunSQL]] = [migrations.RunSQL(FORWARD, BACKWARD)]
