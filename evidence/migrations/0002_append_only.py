"""Evidence and raw answers are written once: the database refuses to change, delete or empty them."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION evidence_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_evidence
    EXECUTE FUNCTION evidence_refuse();
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_blob
    EXECUTE FUNCTION evidence_refuse();
ALTER TABLE evidence_evidence ENABLE ALWAYS TRIGGER evidence_append_only;
ALTER TABLE evidence_blob ENABLE ALWAYS TRIGGER evidence_append_only;

CREATE FUNCTION evidence_true_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sha256 <> encode(sha256(NEW.data), 'hex') THEN
        RAISE EXCEPTION 'these bytes have another hash' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER evidence_true_name BEFORE INSERT ON evidence_blob
    FOR EACH ROW EXECUTE FUNCTION evidence_true_name();
ALTER TABLE evidence_blob ENABLE ALWAYS TRIGGER evidence_true_name;
"""

BACKWARD = """
DROP TRIGGER evidence_true_name ON evidence_blob;
DROP TRIGGER evidence_append_only ON evidence_blob;
DROP TRIGGER evidence_append_only ON evidence_evidence;
DROP FUNCTION evidence_true_name();
DROP FUNCTION evidence_refuse();
"""


class Migration(migrations.Migration):
    """Append-only evidence."""

    dependencies = [("evidence", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
