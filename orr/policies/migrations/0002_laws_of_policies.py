"""What no writer may do to the versions of a policy, said in the database."""

from django.db import migrations

FORWARD = """
ALTER TABLE policies_policyversion ADD CONSTRAINT policy_digest_is_of_its_bytes
    CHECK (digest = 'sha256:' || encode(sha256(body), 'hex'));

CREATE FUNCTION policies_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE request approvals_request%ROWTYPE;
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a version of a policy is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.made_at := clock_timestamp();
        IF NEW.origin = 'proposal' THEN
            SELECT * INTO request FROM approvals_request WHERE id = NEW.request_id;
            IF NEW.state <> 'proposed' OR request.state <> 'open'
               OR request.subject <> 'policy:' || NEW.name THEN
                RAISE EXCEPTION 'a weaker policy begins proposed, with an open request of its own'
                    USING ERRCODE = 'check_violation';
            END IF;
        ELSIF NEW.state <> 'in_force' THEN
            RAISE EXCEPTION 'what is adopted begins in force' USING ERRCODE = 'check_violation';
        ELSIF NEW.origin = 'set_up' AND EXISTS (
            SELECT 1 FROM policies_policyversion WHERE origin <> 'set_up' OR name = NEW.name) THEN
            RAISE EXCEPTION 'set-up is over' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.name, NEW.digest, NEW.body, NEW.origin, NEW.from_digest, NEW.governed_by, NEW.made_at,
        NEW.proposed_by_id, NEW.reason, NEW.request_id)
       IS DISTINCT FROM
       (OLD.id, OLD.name, OLD.digest, OLD.body, OLD.origin, OLD.from_digest, OLD.governed_by, OLD.made_at,
        OLD.proposed_by_id, OLD.reason, OLD.request_id) THEN
        RAISE EXCEPTION 'a version of a policy never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT (OLD.state = 'in_force' AND NEW.state = 'superseded'
            OR OLD.state = 'proposed'
               AND NEW.state IN ('in_force', 'rejected', 'cancelled', 'void', 'expired')) THEN
        RAISE EXCEPTION 'a policy that was % never becomes %', OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'in_force' AND NEW.adopted_at IS DISTINCT FROM OLD.adopted_at THEN
        RAISE EXCEPTION 'a version of a policy never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'proposed' THEN
        SELECT * INTO request FROM approvals_request WHERE id = NEW.request_id;
        IF request.state <> (CASE NEW.state WHEN 'in_force' THEN 'effective' ELSE NEW.state END) THEN
            RAISE EXCEPTION 'a proposed policy ends as its request does (%)', request.state
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_version BEFORE INSERT OR UPDATE OR DELETE ON policies_policyversion
    FOR EACH ROW EXECUTE FUNCTION policies_guard_version();
CREATE TRIGGER guard_versions BEFORE TRUNCATE ON policies_policyversion
    FOR EACH STATEMENT EXECUTE FUNCTION policies_guard_version();

CREATE FUNCTION policies_guard_succession() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM policies_policyversion WHERE name = NEW.name AND state = 'in_force') THEN
        RAISE EXCEPTION 'a policy is superseded by another, never by nothing'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER guard_succession AFTER UPDATE ON policies_policyversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'superseded') EXECUTE FUNCTION policies_guard_succession();
"""

BACKWARD = """
DROP TRIGGER guard_succession ON policies_policyversion;
DROP TRIGGER guard_versions ON policies_policyversion;
DROP TRIGGER guard_version ON policies_policyversion;
DROP FUNCTION policies_guard_succession();
DROP FUNCTION policies_guard_version();
ALTER TABLE policies_policyversion DROP CONSTRAINT policy_digest_is_of_its_bytes;
"""


class Migration(migrations.Migration):
    """The laws of policies."""

    dependencies = [("policies", "0001_versions"), ("approvals", "0002_laws_of_signing")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
