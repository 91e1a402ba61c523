from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from ab_shared.database.engine import driver_url
from ab_shared.database.message_tables import add_message_tables
from ab_shared.database.migrate import upgrade
from ab_shared.database.migrations import Migrations, current_revision, require_schema
from ab_shared.errors import DependencyUnavailable, SchemaOutdated, SettingsInvalid
from ab_shared.testing.databases import ServiceDatabase, drift
from ab_shared.testing.infra import NewDatabase
from sqlalchemy import Column, Integer, MetaData, NullPool, Table, Text, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

FIRST, SECOND, THIRD = "202601010000", "202601020000", "202601030000"
BUILT = text("SELECT indisvalid FROM pg_index WHERE indexrelid = 'notes_by_words'::regclass")


@pytest.fixture
def release(migrations: Migrations, tmp_path: Path) -> Migrations:
    """A copy, to take files from and add files to."""
    shutil.copytree(migrations.folder, tmp_path / "migrations")
    return Migrations(tmp_path / "migrations")


@pytest.fixture
def indexed(release: Migrations) -> Migrations:
    """With one more: an index on a table that is in use."""
    (release.folder / f"versions/{THIRD}_index.py").write_text(
        "from ab_shared.database.indexes import build_index\n"
        f'revision, down_revision = "{THIRD}", "{SECOND}"\n'
        "def upgrade():\n"
        '    build_index("notes_by_words", "notes", ["words"])\n'
    )
    return release


def without(release: Migrations, revision: str) -> Migrations:
    for path in (release.folder / "versions").glob(f"{revision}_*.py"):
        path.unlink()
    return release


class TestFolder:
    def test_the_newest_file_is_the_head(self, migrations: Migrations) -> None:
        assert migrations.revisions == [FIRST, SECOND]
        assert migrations.head == SECOND

    @pytest.mark.parametrize("name", ["one.py", "2026_one.py", f"{SECOND}_again.py"])
    def test_a_file_that_breaks_the_convention_is_refused(
        self, release: Migrations, name: str
    ) -> None:
        (release.folder / "versions" / name).touch()
        with pytest.raises(SettingsInvalid):
            _ = release.head

    def test_a_service_finds_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("MIGRATIONS_DIR", raising=False)
        found = Migrations.of("entitlement")
        assert found.folder.parts[-3:] == ("services", "entitlement", "migrations")

    def test_the_environment_may_name_another(
        self, monkeypatch: pytest.MonkeyPatch, release: Migrations
    ) -> None:
        monkeypatch.setenv("MIGRATIONS_DIR", str(release.folder))
        assert Migrations.of("entitlement") == release

    def test_none_at_all_is_named(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("MIGRATIONS_DIR", str(tmp_path))
        with pytest.raises(SettingsInvalid, match="MIGRATIONS_DIR"):
            Migrations.of("entitlement")


@pytest.mark.real
class TestUpgrade:
    async def test_makes_what_the_tables_say(self, notes: ServiceDatabase) -> None:
        metadata = MetaData()
        add_message_tables(metadata)
        Table(
            "notes",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("words", Text, nullable=False),
        )
        assert await drift(notes, metadata) == []
        metadata.remove(metadata.tables["inbox"])
        assert await drift(notes, metadata) != []

    async def test_many_at_once_are_one(
        self, database: NewDatabase, migrations: Migrations
    ) -> None:
        empty = await database(None)
        await asyncio.gather(*(upgrade(migrations, empty.owner_url) for _ in range(4)))
        assert await current_revision(empty.engine) == SECOND

    async def test_an_index_is_built_while_others_write_and_others_wait_their_turn(
        self, notes: ServiceDatabase, indexed: Migrations
    ) -> None:
        async with notes.engine.connect() as writer, notes.engine.connect() as other:
            await writer.execute(text("INSERT INTO notes VALUES (1, 'x')"))
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(upgrade(indexed, notes.owner_url))
                while not await other.scalar(text("SELECT to_regclass('notes_by_words')")):
                    await other.rollback()
                # The build stands behind one transaction, and in nobody's way.
                await other.execute(text("INSERT INTO notes VALUES (2, 'y')"))
                assert not await other.scalar(BUILT)
                await other.commit()
                await writer.commit()
            assert await other.scalar(BUILT)
        assert await current_revision(notes.engine) == THIRD

    async def test_what_an_interrupted_build_left_is_replaced(
        self, notes: ServiceDatabase, indexed: Migrations
    ) -> None:
        engine = create_async_engine(driver_url(notes.owner_url), poolclass=NullPool)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE INDEX notes_by_words ON notes (id)"))
        await upgrade(indexed, notes.owner_url)
        async with engine.connect() as connection:
            column = await connection.scalar(
                text("SELECT pg_get_indexdef('notes_by_words'::regclass)")
            )
        assert "(words)" in column

    async def test_a_failure_leaves_the_last_good_revision(
        self, database: NewDatabase, release: Migrations
    ) -> None:
        broken = release.folder / "versions/202601030000_broken.py"
        broken.write_text(
            "from alembic import op\n"
            'revision, down_revision = "202601030000", "202601020000"\n'
            "def upgrade():\n"
            '    op.execute("CREATE TABLE half (id int)")\n'
            '    op.execute("SELECT nonsense")\n'
        )
        empty = await database(None)
        with pytest.raises(ProgrammingError):
            await upgrade(release, empty.owner_url)
        assert await current_revision(empty.engine) == SECOND
        async with empty.engine.connect() as connection:
            half = await connection.execute(text("SELECT to_regclass('half')"))
            assert half.scalar_one() is None

    async def test_a_database_that_is_away_is_said_so(self, migrations: Migrations) -> None:
        with pytest.raises(DependencyUnavailable):
            await upgrade(migrations, "postgresql://u:p@127.0.0.1:1/d")

    async def test_the_service_itself_may_change_rows_only(self, notes: ServiceDatabase) -> None:
        async with notes.engine.begin() as connection:
            await connection.execute(text("INSERT INTO notes VALUES (1, 'x')"))
        for statement in ("CREATE TABLE more (id int)", "DROP TABLE notes", "TRUNCATE notes"):
            with pytest.raises(ProgrammingError):
                async with notes.engine.begin() as connection:
                    await connection.execute(text(statement))


@pytest.mark.real
class TestRequireSchema:
    async def test_accepts_its_own(self, notes: ServiceDatabase, migrations: Migrations) -> None:
        await require_schema(notes.engine, migrations)

    async def test_refuses_an_empty_database(
        self, database: NewDatabase, migrations: Migrations
    ) -> None:
        with pytest.raises(SchemaOutdated, match="migrate"):
            await require_schema((await database(None)).engine, migrations)

    async def test_refuses_an_older_one(
        self, database: NewDatabase, release: Migrations, migrations: Migrations
    ) -> None:
        older = await database(without(release, SECOND))
        with pytest.raises(SchemaOutdated) as caught:
            await require_schema(older.engine, migrations)
        assert caught.value.details == {"found": FIRST, "needed": SECOND}

    async def test_lives_with_a_newer_one(
        self, notes: ServiceDatabase, release: Migrations
    ) -> None:
        await require_schema(notes.engine, without(release, SECOND))
