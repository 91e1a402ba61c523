from pathlib import Path

import pytest
from ab_local import migrations
from ab_local.child import ChildFailedError
from ab_local.migrations import Migrator, newest_revision
from ab_local.parts.part import PartFailedError
from ab_local.services import Service
from ab_local.stack import Stack

# A module that says no: the migration of a service that was never run.
SERVICE = Service("nowhere", database=True)
NEWEST = "202611230000"


class Database:
    """Answers with the revision it is at, or refuses where it was never migrated."""

    def __init__(self, version: str | None) -> None:
        self._version = version

    async def query(self, database: str, script: str) -> str:
        assert database == SERVICE.name
        assert "alembic_version" in script
        if self._version is None:
            raise PartFailedError('relation "alembic_version" does not exist')
        return self._version


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tmp_path / "services/nowhere/migrations/versions"
    versions.mkdir(parents=True)
    for name in (f"{NEWEST}_more.py", "202611221200_first.py"):
        (versions / name).touch()
    monkeypatch.setattr(migrations, "REPOSITORY", tmp_path)


def test_the_newest_file_names_the_revision() -> None:
    assert newest_revision(SERVICE) == NEWEST


async def test_a_database_at_the_newest_revision_is_left_alone(stack: Stack) -> None:
    await Migrator(stack, Database(NEWEST)).run(SERVICE)
    assert not stack.layout.log("nowhere-migrate").exists()


@pytest.mark.parametrize("version", [None, "", "202611221200"])
async def test_any_other_database_is_migrated(stack: Stack, version: str | None) -> None:
    with pytest.raises(ChildFailedError, match="exit code 1") as failure:
        await Migrator(stack, Database(version)).run(SERVICE)
    assert "No module named ab_nowhere" in failure.value.log.read_text()
