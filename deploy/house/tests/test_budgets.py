import subprocess
import sys
from pathlib import Path

import pytest

BUDGETS = Path(__file__).resolve().parents[1] / "budgets.py"
SERVICE = {
    "README.md": "",
    "Dockerfile": 'CMD ["python", "-m", "ab_tts"]',
    "pyproject.toml": 'name = "ab-tts"',
    "src/ab_tts/__init__.py": "",
    "src/ab_tts/__main__.py": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one service that keeps to every rule."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for name, text in SERVICE.items():
        file = tmp_path / "services/tts" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def faults(repository: Path) -> tuple[int, str]:
    command = [sys.executable, str(BUDGETS), "--root", str(repository)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def write(repository: Path, name: str, text: str) -> None:
    file = repository / "libs/shared" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_tidy_repository_passes(repository: Path) -> None:
    write(repository, "fine.py", "x = 1\n" * 400)
    write(repository, "short.py", "def short() -> None:\n" + "    x = 1\n" * 59)
    code, said = faults(repository)
    assert code == 0, said


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("long.py", "x = 1\n" * 401, "401 lines"),
        ("long.py", "async def long() -> None:\n" + "    x = 1\n" * 60, "61 lines"),
        ("utils.py", "", "say what is in it"),
        ("helpers/fine.py", "", "say what is in it"),
        ("quiet.py", "import a  # noqa: F401\n" * 3 + "b = c  # type: ignore\n" * 3, "6 supp"),
    ],
)
def test_an_overdrawn_budget_fails(repository: Path, name: str, text: str, complaint: str) -> None:
    write(repository, name, text)
    code, said = faults(repository)
    assert code == 1
    assert complaint in said


def test_a_suppression_inside_a_string_is_none(repository: Path) -> None:
    write(repository, "text.py", 'a = "# noqa"\n' * 9)
    assert faults(repository)[0] == 0


@pytest.mark.parametrize("missing", sorted(SERVICE.keys() - {"src/ab_tts/__init__.py"}))
def test_a_service_out_of_shape_fails(repository: Path, missing: str) -> None:
    (repository / "services/tts" / missing).unlink()
    code, said = faults(repository)
    assert code == 1
    assert f"services/tts: {missing} is missing" in said


@pytest.mark.parametrize(
    ("part", "complaint"),
    [
        ("pyproject.toml", "pyproject.toml doesn't call it ab-tts"),
        ("Dockerfile", "the Dockerfile doesn't run ab_tts"),
    ],
)
def test_a_service_that_calls_itself_otherwise_fails(
    repository: Path, part: str, complaint: str
) -> None:
    (repository / "services/tts" / part).write_text("speech")
    code, said = faults(repository)
    assert code == 1
    assert f"services/tts: {complaint}" in said


def test_an_ignored_file_does_not_count(repository: Path) -> None:
    (repository / ".gitignore").write_text("/made/\nlong.py\n")
    write(repository, "long.py", "x = 1\n" * 401)
    (repository / "made").mkdir()
    (repository / "made/utils.py").touch()
    assert faults(repository)[0] == 0


def test_every_fault_is_named_at_once(repository: Path) -> None:
    write(repository, "long.py", "x = 1\n" * 401)
    write(repository, "common.py", "def long() -> None:\n" + "    x = 1\n" * 60)
    (repository / "services/tts/README.md").unlink()
    code, said = faults(repository)
    assert code == 1
    for fault in ("long.py: 401", "common.py: say", "common.py: long:1 has 61", "README.md is"):
        assert fault in said


def test_a_service_with_two_names_fails(repository: Path) -> None:
    (repository / "services/tts/src/ab_tts").rename(repository / "services/tts/src/ab_speech")
    assert "the package is called ab_speech" in faults(repository)[1]


def test_a_stranger_in_the_root_fails(repository: Path) -> None:
    (repository / "notes.txt").write_text("")
    assert "notes.txt: doesn't belong into the root" in faults(repository)[1]
