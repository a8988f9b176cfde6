"""The log's rows come in by function only, never change, and belong to a role that cannot log in."""

from django.db import migrations

ROLES = """
DO $$ BEGIN
  CREATE ROLE orr_log_owner NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  RAISE DEBUG 'role orr_log_owner is there';
END $$;
DO $$ BEGIN
  CREATE ROLE orr_app NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  RAISE DEBUG 'role orr_app is there';
END $$;
"""

CHECKS = """
ALTER TABLE tlog_pending
  ADD CONSTRAINT tlog_pending_length CHECK (octet_length(data) BETWEEN 1 AND 65535),
  ADD CONSTRAINT tlog_pending_seq_positive CHECK (seq > 0);
ALTER TABLE tlog_entry
  ADD CONSTRAINT tlog_entry_idx_from_zero CHECK (idx >= 0),
  ADD CONSTRAINT tlog_entry_leaf_hash CHECK (leaf_hash = sha256('\\x00'::bytea || data));
ALTER TABLE tlog_node
  ADD CONSTRAINT tlog_node_inner CHECK (level >= 1 AND pos >= 0 AND octet_length(hash) = 32);
ALTER TABLE tlog_checkpoint
  ADD CONSTRAINT tlog_checkpoint_root CHECK (size > 0 AND octet_length(root) = 32);
"""

TRIGGERS = """
CREATE FUNCTION orr_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the transparency log is insert-only' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION orr_log_keep_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM public.tlog_entry e
                 WHERE e.review = OLD.review AND e.seq = OLD.seq AND e.data = OLD.data) THEN
    RAISE EXCEPTION 'a pending entry leaves only into the log' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN OLD;
END $$;

CREATE TRIGGER tlog_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tlog_entry
  EXECUTE FUNCTION orr_log_refuse();
CREATE TRIGGER tlog_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tlog_node
  EXECUTE FUNCTION orr_log_refuse();
CREATE TRIGGER tlog_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tlog_checkpoint
  EXECUTE FUNCTION orr_log_refuse();
CREATE TRIGGER tlog_insert_only BEFORE UPDATE OR TRUNCATE ON tlog_pending
  EXECUTE FUNCTION orr_log_refuse();
CREATE TRIGGER tlog_keep_pending BEFORE DELETE ON tlog_pending
  FOR EACH ROW EXECUTE FUNCTION orr_log_keep_pending();
ALTER TABLE tlog_entry ENABLE ALWAYS TRIGGER tlog_insert_only;
ALTER TABLE tlog_node ENABLE ALWAYS TRIGGER tlog_insert_only;
ALTER TABLE tlog_checkpoint ENABLE ALWAYS TRIGGER tlog_insert_only;
ALTER TABLE tlog_pending ENABLE ALWAYS TRIGGER tlog_insert_only;
ALTER TABLE tlog_pending ENABLE ALWAYS TRIGGER tlog_keep_pending;
"""

# The canonical JSON (RFC 8785) is put together here because sequence number and time are set here;
# the patterns leave no character that JSON would escape, and C order of ASCII names is its key order.
APPEND = """
CREATE FUNCTION orr_log_append(p_kind text, p_review text, p_artefacts jsonb, p_actor text)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_at timestamptz;
  v_seq integer;
  v_actor text := 'null';
  v_artefacts text;
BEGIN
  IF p_kind !~ '^[a-z0-9_.:-]{1,64}$' OR p_review !~ '^[A-Za-z0-9_.:-]{1,64}$' THEN
    RAISE EXCEPTION 'not a kind or a review: % %', p_kind, p_review USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM jsonb_each(p_artefacts) AS a
             WHERE a.key !~ '^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$'
                OR jsonb_typeof(a.value) <> 'string' OR a.value #>> '{}' !~ '^[0-9a-f]{64}$') THEN
    RAISE EXCEPTION 'artefacts are names and SHA-256 in hex' USING ERRCODE = 'check_violation';
  END IF;
  IF p_actor IS NOT NULL THEN
    INSERT INTO tlog_actorsalt (actor, salt)
      VALUES (p_actor, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'))
      ON CONFLICT (actor) DO NOTHING;
    SELECT '"' || encode(sha256(salt || convert_to(p_actor, 'UTF8')), 'hex') || '"' INTO STRICT v_actor
      FROM tlog_actorsalt WHERE actor = p_actor;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(p_review, 6962));
  SELECT 1 + greatest(coalesce((SELECT max(seq) FROM tlog_pending WHERE review = p_review), 0),
                      coalesce((SELECT max(seq) FROM tlog_entry WHERE review = p_review), 0)) INTO v_seq;
  SELECT coalesce(string_agg(format('"%s":"%s"', a.key, a.value #>> '{}'), ',' ORDER BY a.key COLLATE "C"), '')
    INTO v_artefacts FROM jsonb_each(p_artefacts) AS a;
  v_at := clock_timestamp();
  INSERT INTO tlog_pending (review, seq, kind, at, data) VALUES (p_review, v_seq, p_kind, v_at, convert_to(
    format('{"actor":%s,"artefacts":{%s},"at":"%s","review":"%s","seq":%s,"type":"%s","v":1}', v_actor,
           v_artefacts, to_char(v_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), p_review, v_seq,
           p_kind), 'UTF8'));
  RETURN v_seq;
END $$;
"""

INTEGRATE = """
CREATE FUNCTION orr_log_integrate(p_limit integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_old bigint;
  v_new bigint;
  v_taken bigint;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the sequencer runs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
  END IF;
  PERFORM pg_advisory_xact_lock(6962, 1);
  SELECT coalesce(max(idx) + 1, 0) INTO v_old FROM tlog_entry;
  INSERT INTO tlog_entry (idx, review, seq, kind, at, data, leaf_hash)
    SELECT v_old + row_number() OVER (ORDER BY id) - 1, review, seq, kind, at, data,
           sha256('\\x00'::bytea || data)
    FROM (SELECT * FROM tlog_pending ORDER BY id LIMIT p_limit) AS batch;
  GET DIAGNOSTICS v_taken = ROW_COUNT;
  v_new := v_old + v_taken;
  IF v_taken = 0 THEN
    RETURN 0;
  END IF;
  DELETE FROM tlog_pending AS p USING tlog_entry AS e
    WHERE e.idx >= v_old AND e.review = p.review AND e.seq = p.seq;
  INSERT INTO tlog_node (level, pos, hash)
    SELECT 1, l.idx >> 1, sha256('\\x01'::bytea || l.leaf_hash || r.leaf_hash)
    FROM tlog_entry AS l JOIN tlog_entry AS r ON r.idx = l.idx + 1
    WHERE l.idx >= (v_old >> 1) << 1 AND l.idx < (v_new >> 1) << 1 AND l.idx & 1 = 0;
  FOR v_level IN 2 .. 62 LOOP
    EXIT WHEN v_new >> v_level = 0;
    INSERT INTO tlog_node (level, pos, hash)
      SELECT v_level, l.pos >> 1, sha256('\\x01'::bytea || l.hash || r.hash)
      FROM tlog_node AS l JOIN tlog_node AS r ON r.level = l.level AND r.pos = l.pos + 1
      WHERE l.level = v_level - 1 AND l.pos & 1 = 0
        AND l.pos >= (v_old >> v_level) << 1 AND l.pos < (v_new >> v_level) << 1;
  END LOOP;
  RETURN v_taken;
END $$;
"""

PUBLISH = """
CREATE FUNCTION orr_log_publish(p_size bigint, p_root bytea, p_note text)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(6962, 1);
  IF p_size > (SELECT coalesce(max(idx) + 1, 0) FROM tlog_entry)
     OR p_size <= (SELECT coalesce(max(size), 0) FROM tlog_checkpoint) THEN
    RAISE EXCEPTION 'a checkpoint of size % does not fit', p_size USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO tlog_checkpoint (size, root, note, at) VALUES (p_size, p_root, p_note, clock_timestamp());
END $$;
"""

# A migrating role that is no superuser must be in the owner's role to hand a table over, and only then.
OWNERS = """
DO $$
DECLARE
  v_super boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  v_name text;
BEGIN
  IF NOT v_super THEN
    EXECUTE format('GRANT orr_log_owner TO %I', current_user);
    EXECUTE format('GRANT orr_app TO %I', current_user);
  END IF;
  GRANT USAGE, CREATE ON SCHEMA public TO orr_log_owner;
  GRANT USAGE ON SCHEMA public TO orr_app;
  FOREACH v_name IN ARRAY ARRAY['tlog_pending', 'tlog_entry', 'tlog_node', 'tlog_checkpoint', 'tlog_actorsalt'] LOOP
    EXECUTE format('REVOKE ALL ON TABLE %I FROM PUBLIC, orr_app', v_name);
    IF v_name <> 'tlog_actorsalt' THEN
      EXECUTE format('GRANT SELECT ON TABLE %I TO orr_app', v_name);
    END IF;
    EXECUTE format('ALTER TABLE %I OWNER TO orr_log_owner', v_name);
  END LOOP;
  FOREACH v_name IN ARRAY ARRAY['orr_log_append(text,text,jsonb,text)', 'orr_log_integrate(integer)',
                                'orr_log_publish(bigint,bytea,text)'] LOOP
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO orr_app', v_name);
    EXECUTE format('ALTER FUNCTION %s OWNER TO orr_log_owner', v_name);
  END LOOP;
  ALTER FUNCTION orr_log_refuse() OWNER TO orr_log_owner;
  ALTER FUNCTION orr_log_keep_pending() OWNER TO orr_log_owner;
  REVOKE CREATE ON SCHEMA public FROM orr_log_owner;
  IF NOT v_super THEN
    EXECUTE format('REVOKE orr_log_owner FROM %I', current_user);
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("tlog", "0001_initial")]
    operations = [
        migrations.RunSQL(statement, elidable=False)
        for statement in (ROLES, CHECKS, TRIGGERS, APPEND, INTEGRATE, PUBLISH, OWNERS)
    ]
