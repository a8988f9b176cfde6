"""What no writer may do to requests, slots and signatures, said in the database."""

from django.db import migrations

FORWARD = """
ALTER TABLE approvals_approval ADD CONSTRAINT approval_fills_a_slot_of_its_request
    FOREIGN KEY (request_id, slot) REFERENCES approvals_slot (request_id, index);

CREATE FUNCTION approvals_guard_request() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE filled integer; wanted integer; moment timestamptz;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an approval request is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    moment := clock_timestamp();
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.filled_at IS NOT NULL THEN
            RAISE EXCEPTION 'an approval request begins open and unsigned' USING ERRCODE = 'check_violation';
        END IF;
        NEW.opened_at := moment;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' THEN
        RAISE EXCEPTION 'this approval request has ended (%)', OLD.state USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.subject, NEW.subject_digest, NEW.delay, NEW.approve_by, NEW.opened_at)
       IS DISTINCT FROM
       (OLD.id, OLD.subject, OLD.subject_digest, OLD.delay, OLD.approve_by, OLD.opened_at) THEN
        RAISE EXCEPTION 'what is signed never changes' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.filled_at IS DISTINCT FROM OLD.filled_at AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'only a signature starts or stops the timelock' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'open' THEN
        RETURN NEW;
    END IF;
    NEW.ended_at := moment;
    IF NEW.state = 'expired' AND moment < OLD.approve_by THEN
        RAISE EXCEPTION 'this approval request is not over yet' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'effective' THEN
        SELECT count(*) INTO filled FROM approvals_approval
            WHERE request_id = OLD.id AND withdrawn_at IS NULL;
        SELECT count(*) INTO wanted FROM approvals_slot WHERE request_id = OLD.id;
        IF wanted = 0 OR filled <> wanted OR OLD.filled_at IS NULL THEN
            RAISE EXCEPTION 'effect needs every slot filled' USING ERRCODE = 'check_violation';
        END IF;
        IF moment < OLD.filled_at + OLD.delay OR moment >= OLD.approve_by THEN
            RAISE EXCEPTION 'effect outside its time' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_request BEFORE INSERT OR UPDATE OR DELETE ON approvals_request
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_request();

CREATE FUNCTION approvals_guard_slot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE status text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'the slots of a request never change' USING ERRCODE = 'check_violation';
    END IF;
    SELECT state INTO status FROM approvals_request WHERE id = NEW.request_id FOR UPDATE;
    IF status <> 'open' OR EXISTS (SELECT 1 FROM approvals_approval WHERE request_id = NEW.request_id) THEN
        RAISE EXCEPTION 'slots are named before anyone signs' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_slot BEFORE INSERT OR UPDATE OR DELETE ON approvals_slot
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_slot();

CREATE FUNCTION approvals_guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE request approvals_request%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a signature is withdrawn, never deleted' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO request FROM approvals_request WHERE id = NEW.request_id FOR UPDATE;
    IF request.state <> 'open' THEN
        RAISE EXCEPTION 'this approval request has ended (%)', request.state USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL
           OR to_jsonb(NEW) - 'withdrawn_at' IS DISTINCT FROM to_jsonb(OLD) - 'withdrawn_at' THEN
            RAISE EXCEPTION 'a signature is withdrawn, never changed' USING ERRCODE = 'check_violation';
        END IF;
        NEW.withdrawn_at := clock_timestamp();
        RETURN NEW;
    END IF;
    NEW.signed_at := clock_timestamp();
    IF NEW.signed_at >= request.approve_by THEN
        RAISE EXCEPTION 'the time to sign is over' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.withdrawn_at IS NOT NULL OR NEW.digest <> request.subject_digest THEN
        RAISE EXCEPTION 'a signature is on the digest of its request' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM approvals_slot
                   WHERE request_id = NEW.request_id AND index = NEW.slot AND role = NEW.role) THEN
        RAISE EXCEPTION 'a signature is in the role of its slot' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_approval BEFORE INSERT OR UPDATE OR DELETE ON approvals_approval
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_approval();

CREATE FUNCTION approvals_run_timelock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open_slots integer;
BEGIN
    SELECT count(*) INTO open_slots FROM approvals_slot s
        WHERE s.request_id = NEW.request_id AND NOT EXISTS (
            SELECT 1 FROM approvals_approval a
            WHERE a.request_id = s.request_id AND a.slot = s.index AND a.withdrawn_at IS NULL);
    -- Written even when nothing changes: under REPEATABLE READ a second signer then fails
    -- instead of counting on an old snapshot.
    UPDATE approvals_request
        SET filled_at = CASE WHEN open_slots > 0 THEN NULL ELSE coalesce(filled_at, clock_timestamp()) END
        WHERE id = NEW.request_id;
    RETURN NULL;
END $$;
CREATE TRIGGER run_timelock AFTER INSERT OR UPDATE ON approvals_approval
    FOR EACH ROW EXECUTE FUNCTION approvals_run_timelock();
"""

BACKWARD = """
DROP TRIGGER run_timelock ON approvals_approval;
DROP TRIGGER guard_approval ON approvals_approval;
DROP TRIGGER guard_slot ON approvals_slot;
DROP TRIGGER guard_request ON approvals_request;
DROP FUNCTION approvals_run_timelock();
DROP FUNCTION approvals_guard_approval();
DROP FUNCTION approvals_guard_slot();
DROP FUNCTION approvals_guard_request();
ALTER TABLE approvals_approval DROP CONSTRAINT approval_fills_a_slot_of_its_request;
"""


class Migration(migrations.Migration):
    """The laws of signing."""

    dependencies = [("approvals", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
