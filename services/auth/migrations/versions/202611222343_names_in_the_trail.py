"""Forgets a name in the audit trail exactly, by index and in batches, for live erasures only.

No downgrade: the release before works with all of it, and with the older function an erasure may
never end.
"""

import sqlalchemy as sa
from alembic import op

revision = "202611222343"
down_revision = "202611222301"

# A value in JSON is a name only when it is nothing else: never a number, never part of a text.
JSON = """
CREATE FUNCTION renamed_json(tree jsonb, who text, name text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE SET search_path = public, pg_temp AS $$
BEGIN
    CASE jsonb_typeof(tree)
    WHEN 'string' THEN
        RETURN CASE tree #>> '{}'
            WHEN who THEN to_jsonb(name)
            WHEN 'user:' || who THEN to_jsonb('user:' || name)
            ELSE tree
        END;
    WHEN 'array' THEN
        RETURN (SELECT coalesce(jsonb_agg(renamed_json(e.v, who, name) ORDER BY e.n), '[]')
                FROM jsonb_array_elements(tree) WITH ORDINALITY AS e(v, n));
    WHEN 'object' THEN
        RETURN (SELECT coalesce(jsonb_object_agg(e.k, renamed_json(e.v, who, name)), '{}')
                FROM jsonb_each(tree) AS e(k, v));
    ELSE
        RETURN tree;
    END CASE;
END $$
"""
# People write reasons: a full stop or a colon behind a name ends it unless more of a word comes,
# one before it makes it another issuer's. An entry's reason is never longer than 500.
REASON = r"""
CREATE FUNCTION renamed_reason(said text, who text, name text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT left(regexp_replace(
        said,
        '(?<![[:alnum:]_|/@:.-])(user:)?' || regexp_replace(who, '[][\\.*+?(){}|^$]', '\\\&', 'g')
            || '(?![[:alnum:]_|/@-]|[:.][[:alnum:]_|/@-])',
        '\1' || name,
        'g'
    ), 500)
$$
"""
# Whoever calls these can forget nobody but whose erasure is live, and only by its proof.
ALLOW = """
CREATE FUNCTION require_live_erasure(who text, name text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM privacy_jobs
    WHERE user_id = who AND 'erased:' || proof = name AND name ~ '^erased:[0-9a-f]{64}$'
        AND kind = 'erasure' AND finished_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no erasure of this name is live'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$
"""
# The actor of an operator's or a service's deed is no user, whatever a user calls themselves.
MINE = """(actor IN (who, 'user:' || who) AND actor_kind IN ('user', 'admin'))
            OR subject IN (who, 'user:' || who)"""
CHANGES = f"""
        actor = CASE
            WHEN actor_kind NOT IN ('user', 'admin') THEN actor
            WHEN actor = who THEN name
            WHEN actor = 'user:' || who THEN 'user:' || name
            ELSE actor
        END,
        subject = CASE subject
            WHEN who THEN name
            WHEN 'user:' || who THEN 'user:' || name
            ELSE subject
        END,
        before = renamed_json(before, who, name),
        after = renamed_json(after, who, name),
        reason = renamed_reason(reason, who, name)"""
EXACT = f"""
CREATE OR REPLACE FUNCTION rename_in_audit(who text, proof text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name CONSTANT text := proof;
    renamed bigint;
BEGIN
    PERFORM require_live_erasure(who, name);
    PERFORM set_config('audit.renaming', 'on', true);
    UPDATE audit SET {CHANGES}
    WHERE {MINE};
    GET DIAGNOSTICS renamed = ROW_COUNT;
    PERFORM set_config('audit.renaming', 'off', true);
    RETURN renamed;
END $$
"""
# As JSON writes it, a name may look different; what holds neither form is not taken apart. The
# first batch waits for whoever is adding an entry without having seen the erasure.
BATCH = f"""
CREATE FUNCTION rename_mentions(who text, name text, behind bigint, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    written CONSTANT text := substr(to_jsonb(who)::text, 2, length(to_jsonb(who)::text) - 2);
    last bigint;
BEGIN
    PERFORM require_live_erasure(who, name);
    IF behind = 0 THEN
        PERFORM pg_advisory_xact_lock(7061726604);
    END IF;
    SELECT max(number) INTO last FROM (
        SELECT number FROM audit WHERE number > behind ORDER BY number LIMIT most
    ) AS batch;
    PERFORM set_config('audit.renaming', 'on', true);
    UPDATE audit SET {CHANGES}
    WHERE number > behind AND number <= last AND (
        {MINE}
        OR (strpos(reason, who) > 0 AND renamed_reason(reason, who, name) <> reason)
        OR (strpos(before::text, written) > 0 AND renamed_json(before, who, name) <> before)
        OR (strpos(after::text, written) > 0 AND renamed_json(after, who, name) <> after)
    );
    PERFORM set_config('audit.renaming', 'off', true);
    RETURN last;
END $$
"""
# The service's role is whoever may add entries; its name differs by deployment.
RIGHTS = """
DO $$
DECLARE who text; f text;
BEGIN
    FOREACH f IN ARRAY ARRAY[
        'rename_in_audit(text, text)', 'rename_mentions(text, text, bigint, integer)'
    ] LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f);
        FOR who IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                   WHERE table_schema = 'public' AND table_name = 'audit'
                       AND privilege_type = 'INSERT' AND grantee NOT IN (current_user, 'PUBLIC')
        LOOP
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', f, who);
        END LOOP;
    END LOOP;
END $$
"""


def upgrade() -> None:
    # How far an erasure has read the trail: a killed process goes on from there.
    op.add_column("privacy_jobs", sa.Column("trail_read", sa.BigInteger()))
    # Versions of roles begin with the seconds of the clock now.
    op.alter_column("admins", "version", type_=sa.BigInteger(), existing_type=sa.Integer())
    # Nobody ever asked for departures by age: they stay for good.
    op.drop_index("departures_by_age", "departures")
    for statement in (JSON, REASON, ALLOW, EXACT, BATCH, RIGHTS):
        op.execute(statement)
