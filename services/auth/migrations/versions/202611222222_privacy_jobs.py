"""Erasures and exports; users who are being erased stay away; the audit trail forgets names.

The release before knows nothing of all this and goes on working. No downgrade: going back would
forget the proofs, and erasures that are not over.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "202611222222"
down_revision = "202611222219"

INSTANT = sa.DateTime(timezone=True)
# A token that is still believed somewhere must not make its user anew: the row is left out, as if
# somebody had been first.
STAY_AWAY = """
CREATE FUNCTION erased_users_stay_away() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM privacy_jobs
    WHERE user_id = NEW.id AND kind = 'erasure' AND finished_at IS NULL;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$
"""
STAY_AWAY_TRIGGER = """
CREATE TRIGGER erased_users_stay_away BEFORE INSERT ON users
FOR EACH ROW EXECUTE FUNCTION erased_users_stay_away()
"""
# The trail stays what it is but for one thing: a name in it becomes a hash, by this function only.
REFUSAL = """
CREATE OR REPLACE FUNCTION refuse_to_rewrite_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('audit.renaming', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$
"""
# Whole words only: one user's id may be the beginning of another's. The service's role may call
# it; rewriting the table itself stays the owner's right, and the owner's too is refused outside.
RENAME = r"""
CREATE FUNCTION rename_in_audit(who text, proof text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    word text := '(?<![A-Za-z0-9_-])' || regexp_replace(who, '([^A-Za-z0-9_])', '\\\1', 'g')
        || '(?![A-Za-z0-9_-])';
    renamed bigint;
BEGIN
    IF length(who) < 1 OR proof !~ '^erased:[0-9a-f]{64}$' THEN
        RAISE EXCEPTION 'nobody, or no proof';
    END IF;
    PERFORM set_config('audit.renaming', 'on', true);
    UPDATE audit SET
        actor = regexp_replace(actor, word, proof, 'g'),
        subject = regexp_replace(subject, word, proof, 'g'),
        before = regexp_replace(before::text, word, proof, 'g')::jsonb,
        after = regexp_replace(after::text, word, proof, 'g')::jsonb,
        reason = regexp_replace(reason, word, proof, 'g')
    WHERE concat_ws(' ', actor, subject, before::text, after::text, reason) ~ word;
    GET DIAGNOSTICS renamed = ROW_COUNT;
    PERFORM set_config('audit.renaming', 'off', true);
    RETURN renamed;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "privacy_jobs",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("issuer", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("started_at", INSTANT),
        sa.Column("finished_at", INSTANT),
        sa.Column("due_at", INSTANT),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reports", JSONB(), nullable=False),
        sa.Column("parts", JSONB(), nullable=False),
        sa.Column("archive", JSONB()),
    )
    _index()
    for statement in (STAY_AWAY, STAY_AWAY_TRIGGER, REFUSAL, RENAME):
        op.execute(statement)


def _index() -> None:
    live, due = sa.text("finished_at IS NULL"), sa.text("due_at IS NOT NULL")
    columns = ["user_id", "kind"]
    op.create_index(
        "privacy_jobs_live", "privacy_jobs", columns, unique=True, postgresql_where=live
    )
    op.create_index("privacy_jobs_due", "privacy_jobs", ["due_at"], postgresql_where=due)
    op.create_index("privacy_jobs_by_proof", "privacy_jobs", ["proof", "requested_at"])
    op.create_index("privacy_jobs_by_age", "privacy_jobs", ["requested_at"])
