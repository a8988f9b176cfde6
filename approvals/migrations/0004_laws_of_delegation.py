"""What no writer may do about deputies, and whose seat a signature fills, said in the database."""

from django.db import migrations

DELEGATION = """
CREATE FUNCTION approvals_guard_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a delegation is revoked, never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
           OR to_jsonb(NEW) - '{revoked_at,revoked_by_id}'::text[]
              IS DISTINCT FROM to_jsonb(OLD) - '{revoked_at,revoked_by_id}'::text[] THEN
            RAISE EXCEPTION 'a delegation is revoked, never changed' USING ERRCODE = 'check_violation';
        END IF;
        NEW.revoked_at := clock_timestamp();
        RETURN NEW;
    END IF;
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'deputies are named under READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    IF NEW.principal_id = NEW.deputy_id THEN
        RAISE EXCEPTION 'nobody is their own deputy' USING ERRCODE = 'check_violation';
    END IF;
    -- One at a time: two that are sound each by itself may be a cycle together.
    PERFORM pg_advisory_xact_lock(6963, 1);
    NEW.made_at := clock_timestamp();
    IF NEW.revoked_at IS NOT NULL OR NEW.ends_at <= NEW.made_at THEN
        RAISE EXCEPTION 'a delegation begins unrevoked and ends ahead' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM approvals_delegation d WHERE d.revoked_at IS NULL
               AND d.starts_at < NEW.ends_at AND NEW.starts_at < d.ends_at
               AND d.role = NEW.role AND (d.team_id IS NULL OR NEW.team_id IS NULL OR d.team_id = NEW.team_id)
               AND d.principal_id = NEW.principal_id AND d.deputy_id = NEW.deputy_id) THEN
        RAISE EXCEPTION 'this deputy is named already' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM approvals_delegation d WHERE d.revoked_at IS NULL
               AND d.starts_at < NEW.ends_at AND NEW.starts_at < d.ends_at
               AND d.role = NEW.role AND (d.team_id IS NULL OR NEW.team_id IS NULL OR d.team_id = NEW.team_id)
               AND (d.deputy_id = NEW.principal_id OR d.principal_id = NEW.deputy_id)) THEN
        RAISE EXCEPTION 'a delegated role is not passed on' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (
        WITH RECURSIVE onward(person) AS (
            SELECT NEW.deputy_id
            UNION
            SELECT d.deputy_id FROM approvals_delegation d JOIN onward o ON d.principal_id = o.person
            WHERE d.revoked_at IS NULL AND d.starts_at < NEW.ends_at AND NEW.starts_at < d.ends_at)
        SELECT 1 FROM onward WHERE person = NEW.principal_id) THEN
        RAISE EXCEPTION 'deputies form no circle' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_delegation BEFORE INSERT OR UPDATE OR DELETE ON approvals_delegation
    FOR EACH ROW EXECUTE FUNCTION approvals_guard_delegation();
"""

# An assertion that proves something has all its parts.
WHOLE = """
ALTER TABLE approvals_approval ADD CONSTRAINT assertion_is_whole CHECK (
    assertion IS NULL OR (jsonb_typeof(assertion) = 'object' AND assertion ?& ARRAY[
        'statement', 'client_data_json', 'authenticator_data', 'signature', 'credential_id', 'public_key']));
"""
PARTLY = "ALTER TABLE approvals_approval DROP CONSTRAINT assertion_is_whole;"

# `holder` is computed after this trigger, so that it is empty in NEW; what it is made of is compared.
APPROVAL = """
CREATE OR REPLACE FUNCTION approvals_guard_approval() RETURNS trigger LANGUAGE plpgsql AS $$
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
           OR to_jsonb(NEW) - '{withdrawn_at,holder}'::text[]
              IS DISTINCT FROM to_jsonb(OLD) - '{withdrawn_at,holder}'::text[] THEN
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
    IF NEW.delegation_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM approvals_delegation d WHERE d.id = NEW.delegation_id
            AND d.principal_id = NEW.on_behalf_of_id AND d.deputy_id = NEW.person_id AND d.role = NEW.role
            AND d.revoked_at IS NULL AND d.starts_at <= NEW.signed_at AND NEW.signed_at < d.ends_at) THEN
        RAISE EXCEPTION 'a deputy signs by a delegation that is in force' USING ERRCODE = 'check_violation';
    END IF;
    -- Whoever signs and whoever is signed for sits once. Two seats of the same person, or of the same
    -- principal, are for the unique constraints to name; here it is one as person and one as principal.
    IF EXISTS (SELECT 1 FROM approvals_approval a
               WHERE a.request_id = NEW.request_id AND a.withdrawn_at IS NULL
               AND (a.on_behalf_of_id = NEW.person_id OR a.person_id = NEW.on_behalf_of_id)) THEN
        RAISE EXCEPTION 'a person and who signs for them fill one seat' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""

BACKWARD = """
DROP TRIGGER guard_delegation ON approvals_delegation;
DROP FUNCTION approvals_guard_delegation();
"""


class Migration(migrations.Migration):
    """The laws of delegation."""

    dependencies = [("approvals", "0003_proofs_and_deputies")]
    operations = [
        migrations.RunSQL(DELEGATION, BACKWARD),
        migrations.RunSQL(WHOLE, PARTLY),
        # The former function compares a column that is computed later: it stays replaced.
        migrations.RunSQL(APPROVAL, migrations.RunSQL.noop),
    ]
