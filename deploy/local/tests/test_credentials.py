import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ab_local.credentials import Credentials
from ab_local.layout import Layout, read_json, write_private


def test_a_secret_is_the_same_in_every_run(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    made, again = (
        (given.password("a"), given.password("b"), given.hex_key("c"), given.base64_key("d"))
        for given in map(Credentials, (path, path))
    )
    assert made == again
    assert len(set(made)) == len(made)


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text("{}")
    path.chmod(0o644)
    Credentials(path).password("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_threads_that_ask_at_once_agree(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path / "credentials.json")
    names = [str(number % 50) for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        answers = set(zip(names, pool.map(credentials.password, names), strict=True))
    assert answers == set(read_json(tmp_path / "credentials.json").items())


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_private(path, '{"old": 1}')
    held = path.open()
    write_private(path, '{"new": 2}')
    with held:
        assert held.read() == '{"old": 1}'
    assert read_json(path) == {"new": 2}
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_else_can_list_the_folders(layout: Layout) -> None:
    assert stat.S_IMODE(layout.log("any").parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.state.stat().st_mode) & 0o066 == 0
