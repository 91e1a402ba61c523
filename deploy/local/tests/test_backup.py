import hashlib
import json
from pathlib import Path

import pytest
from ab_local.backup import BackupError, back_up, restore
from ab_local.buckets import Entry, read_index, write_index
from ab_local.instance import Instance
from ab_local.layout import Layout


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(Layout(tmp_path / "stack", "stack"))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "auth.dump").write_bytes(b"rows")
    digest = hashlib.sha256(b"rows").hexdigest()
    manifest = {"format": 1, "databases": ["auth"], "sha256": {"auth.dump": digest}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def test_an_index_comes_back_as_it_was(tmp_path: Path) -> None:
    entries = [
        Entry("ab-media", "stems/aa/Babbling Brook.m4a", 7, "0f"),
        Entry("ab-reads", "x", 0, ""),
    ]
    write_index(tmp_path / "objects.jsonl", entries)
    assert read_index(tmp_path / "objects.jsonl") == entries


def test_only_a_running_stack_is_backed_up(instance: Instance, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="isn't running"):
        back_up(instance, tmp_path / "backup", with_objects=False, say=print)
    assert not (tmp_path / "backup").exists()


def test_a_backup_goes_into_a_new_folder(instance: Instance, source: Path) -> None:
    instance.layout.prepare()
    instance.layout.stack.write_text('{"infrastructure": {}}')
    with pytest.raises(BackupError, match="exists already"):
        back_up(instance, source, with_objects=False, say=print)


def test_a_backup_that_fails_leaves_no_folder(instance: Instance, tmp_path: Path) -> None:
    instance.layout.prepare()
    nowhere = {"databases": {"auth": {}}, "admin_url": "postgresql://a:b@127.0.0.1:1/postgres"}
    instance.layout.stack.write_text(json.dumps({"infrastructure": {"postgres": nowhere}}))
    with pytest.raises(BackupError, match="pg_dump of auth"):
        back_up(instance, tmp_path / "backup", with_objects=False, say=print)
    assert not list(tmp_path.glob("backup*"))


def test_what_was_changed_is_not_restored(instance: Instance, source: Path) -> None:
    (source / "auth.dump").write_bytes(b"rowz")
    with pytest.raises(BackupError, match="not what was backed up"):
        restore(instance, source, say=print)


def test_a_folder_without_a_manifest_is_no_backup(instance: Instance, source: Path) -> None:
    (source / "manifest.json").unlink()
    with pytest.raises(BackupError, match="no backup"):
        restore(instance, source, say=print)


def test_only_an_empty_stack_is_restored_into(instance: Instance, source: Path) -> None:
    instance.layout.prepare()
    instance.layout.status.write_text("{}")
    with pytest.raises(BackupError, match="isn't empty"):
        restore(instance, source, say=print)
    assert instance.layout.status.read_text() == "{}"


def test_half_of_a_backup_is_not_left_behind(
    instance: Instance, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (source / "keys.json").write_text('{"content-address": "00"}')

    def broken(*, infra_only: bool) -> None:
        assert infra_only
        (instance.layout.state / "data/postgres").mkdir()
        instance.layout.status.write_text("{}")
        raise OSError("no space left")

    monkeypatch.setattr(instance, "launch", broken)
    with pytest.raises(OSError, match="no space"):
        restore(instance, source, say=print)
    left = (instance.layout.credentials, instance.layout.status, instance.layout.state / "data")
    assert not any(path.exists() for path in left)
