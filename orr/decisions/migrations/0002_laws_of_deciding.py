"""What no writer may do to proposals and decisions, said in the database."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION decisions_guard_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE request approvals_request%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a proposal is never deleted' USING ERRCODE = 'check_violation';
    END IF;
    SELECT * INTO request FROM approvals_request WHERE id = NEW.request_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR request.state <> 'open' THEN
            RAISE EXCEPTION 'a proposal begins open' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.digest <> request.subject_digest OR NEW.approve_by <> request.approve_by
           OR NEW.digest <> 'sha256:' || encode(sha256(NEW.payload), 'hex') THEN
            RAISE EXCEPTION 'a proposal is approved by its own digest' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'open' THEN
        RAISE EXCEPTION 'this proposal has ended (%)', OLD.state USING ERRCODE = 'check_violation';
    END IF;
    IF to_jsonb(NEW) - '{state,ended_at,ended_by_id,ended_reason}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{state,ended_at,ended_by_id,ended_reason}'::text[] THEN
        RAISE EXCEPTION 'a proposal is read-only' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> request.state OR NEW.ended_at IS NULL THEN
        RAISE EXCEPTION 'a proposal ends as its approval did' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_proposal BEFORE INSERT OR UPDATE OR DELETE ON decisions_proposal
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_proposal();

CREATE FUNCTION decisions_guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE proposal decisions_proposal%ROWTYPE; request approvals_request%ROWTYPE;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'a decision is never changed or deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.effective_at > clock_timestamp() OR NEW.effective_at < transaction_timestamp() THEN
        RAISE EXCEPTION 'a decision takes effect now' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decision = 'no_go' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO proposal FROM decisions_proposal WHERE id = NEW.proposal_id;
    SELECT * INTO request FROM approvals_request WHERE id = proposal.request_id;
    IF proposal.state IS DISTINCT FROM 'effective' OR request.state <> 'effective'
       OR proposal.review_id <> NEW.review_id OR proposal.decision <> NEW.decision
       OR proposal.valid_until <> NEW.valid_until OR request.ended_at <> NEW.effective_at THEN
        RAISE EXCEPTION 'Go takes effect on exactly the proposal that was approved'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_decision BEFORE INSERT OR UPDATE OR DELETE ON decisions_decision
    FOR EACH ROW EXECUTE FUNCTION decisions_guard_decision();
"""

BACKWARD = """
DROP TRIGGER guard_decision ON decisions_decision;
DROP FUNCTION decisions_guard_decision();
DROP TRIGGER guard_proposal ON decisions_proposal;
DROP FUNCTION decisions_guard_proposal();
"""


class Migration(migrations.Migration):
    """The laws of deciding."""

    dependencies = [("decisions", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
