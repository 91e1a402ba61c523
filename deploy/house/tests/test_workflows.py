"""Workflows have few rights, an end, and run nothing that somebody else can swap."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ab_shared.contracts.catalogue import SERVICES

GITHUB = Path(__file__).resolve().parents[3] / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"^[\w.-]+/[\w./-]+@[0-9a-f]{40}$")
OURS = re.compile(r"^\./\.github/workflows/[\w-]+\.yml$")
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
# What a stranger writes into a pull request or a tag must never become part of a script.
UNTRUSTED = re.compile(r"github\.(event\b|head_ref|ref_name|ref\b|base_ref)|inputs\.|matrix\.")
IMAGES = [*SERVICES, "prepare"]
# GitHub's way to say `if`: the folder of one image, and that of all others.
DOCKERFILE = re.compile(
    r"\$\{\{ (?P<name>(?:matrix|inputs)\.service) == '(?P<image>\w+)' && '(?P<folder>[\w/]+)'"
    r" \|\| '(?P<otherwise>\w+)' \}\}/\$\{\{ (?P=name) \}\}/Dockerfile"
)
# The suite takes three quarters of an hour; nothing else may take longer than it is given.
MOST_MINUTES = 90


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def jobs() -> list[Any]:
    return [
        pytest.param(job, id=f"{path.stem}:{name}")
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    ]


def steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return list(job.get("steps", []))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_but_what_its_jobs_ask_for(path: Path) -> None:
    assert read(path)["permissions"] == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_two_runs_of_one_branch_do_not_work_side_by_side(path: Path) -> None:
    document = read(path)
    called = set(document[True]) == {"workflow_call"}  # `on` is a truth to YAML 1.1
    assert called or "group" in document["concurrency"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_runs_with_our_rights_on_what_a_stranger_wrote(path: Path) -> None:
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(read(path)[True])


@pytest.mark.parametrize("job", jobs())
def test_a_job_ends_and_says_what_it_may(job: dict[str, Any]) -> None:
    assert "contents" in job["permissions"]
    assert "uses" in job or 0 < job["timeout-minutes"] <= MOST_MINUTES


@pytest.mark.parametrize("job", jobs())
def test_actions_are_named_by_commit(job: dict[str, Any]) -> None:
    used = [row["uses"] for row in [job, *steps(job)] if "uses" in row]
    assert all(PINNED.match(name) or OURS.match(name) for name in used), used


@pytest.mark.parametrize("job", jobs())
def test_a_checkout_leaves_no_token_behind(job: dict[str, Any]) -> None:
    for step in steps(job):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("job", jobs())
def test_no_script_is_put_together_of_what_others_write(job: dict[str, Any]) -> None:
    for step in steps(job):
        told = EXPRESSION.findall(step.get("run", ""))
        assert not [one for one in told if UNTRUSTED.search(one)], step


@pytest.mark.parametrize("job", jobs())
def test_secrets_are_githubs_own_token_alone(job: dict[str, Any]) -> None:
    named = set(re.findall(r"secrets\.(\w+)", yaml.safe_dump(job)))
    assert named <= {"GITHUB_TOKEN"}


def test_every_image_is_built_scanned_and_released() -> None:
    for workflow, job in (("build", "try"), ("build", "publish"), ("scan", "images")):
        assert read(GITHUB / f"workflows/{workflow}.yml")["jobs"][job]["strategy"]["matrix"] == {
            "service": IMAGES
        }
    released = read(GITHUB / "workflows/release.yml")["jobs"]["images"]
    assert released["strategy"]["matrix"]["service"] == IMAGES


def test_images_are_those_that_compose_builds_from_the_files_it_builds_them_from() -> None:
    composed = yaml.safe_load((GITHUB.parent / "docker-compose.yml").read_text())["services"]
    built = {
        part["image"].rpartition("/")[2].partition(":")[0]: part["build"]["dockerfile"]
        for part in composed.values()
        if "build" in part
    }
    assert set(built) == set(IMAGES)
    files = {step["with"]["file"] for step in building()}
    for said in files:
        found = DOCKERFILE.fullmatch(said)
        assert found, said
        for image, file in built.items():
            folder = found["folder"] if image == found["image"] else found["otherwise"]
            assert f"{folder}/{image}/Dockerfile" == file
            assert (GITHUB.parent / file).is_file()


def building() -> list[dict[str, Any]]:
    """The steps that build an image, wherever they are."""
    found = [
        step
        for path in WORKFLOWS
        for job in read(path)["jobs"].values()
        for step in steps(job)
        if step.get("uses", "").startswith("docker/build-push-action@")
    ]
    assert len(found) == 3
    return found


def test_ci_runs_what_a_developer_runs_where_the_readme_says() -> None:
    job = read(GITHUB / "workflows/ci.yml")["jobs"]["everything"]
    assert job["container"] == "debian:12"
    assert ".ci/run" in [step.get("run") for step in steps(job)]


def test_owners_name_folders_that_exist() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if line.startswith("/"):
            assert list(GITHUB.parent.glob(line.split()[0].strip("/"))), line
