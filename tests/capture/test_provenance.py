"""Source and diff, in real repositories and real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from fitscribe.capture import diff, git, source

SCRIPT = """
import json, sys
from fitscribe import capture
found = capture.source()
print(json.dumps([found, capture.diff(found)]))
"""


def run_git(folder: Path, *arguments: str) -> str:
    environment = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": os.devnull,
        **{
            f"GIT_{who}_{what}": "a@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
    }
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "projekt ä"
    folder.mkdir()
    run_git(folder, "init")
    (folder / "train.py").write_text(SCRIPT)
    run_git(folder, "add", ".")
    run_git(folder, "commit", "-m", "first")
    return folder


def launch(folder: Path, *command: str, **environment: str) -> tuple[dict[str, Any], str | None]:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found, patch = json.loads(done.stdout)
    return found, patch


def test_a_clean_repository(repository: Path) -> None:
    found, patch = launch(repository, "train.py", "--lr=0.1", "--token", "abcdefgh")
    assert (found["kind"], found["path"]) == ("script", str(repository / "train.py"))
    assert found["argv"] == ["train.py", "--lr=0.1", "--token", "***"]
    assert found["git"]["commit"] == run_git(repository, "rev-parse", "HEAD").strip()
    assert (found["git"]["branch"], found["git"]["dirty"], found["git"]["root"]) == (
        "main",
        False,
        str(repository),
    )
    assert patch is None


def test_a_dirty_repository_with_untracked_files(repository: Path) -> None:
    with (repository / "train.py").open("a") as file:
        file.write('password = "s3cr3t-Value9"\nlearning_rate = 0.1\n')
    (repository / "neu ü.txt").write_text("what is in here is not kept")
    found, patch = launch(repository, "train.py")
    assert found["git"]["dirty"] is True and found["git"]["untracked"] == ["neu ü.txt"]
    assert patch is not None and "+learning_rate = 0.1" in patch and "# untracked: neu ü.txt" in patch
    assert "s3cr3t-Value9" not in patch and "not kept" not in patch


def test_detached_without_commits_and_without_a_repository(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "checkout", "--detach")
    assert launch(repository, "train.py")[0]["git"]["branch"] is None
    new = tmp_path / "new"
    new.mkdir()
    (new / "train.py").write_text(SCRIPT)
    found, _ = launch(new, "train.py")
    assert found["git"] == {"not_read": "the script lies in no git repository"}
    run_git(new, "init")
    run_git(new, "add", ".")
    found, patch = launch(new, "train.py")
    assert found["git"]["commit"] is None and found["git"]["branch"] == "main"
    assert patch is not None and "+import json, sys" in patch


def test_no_git_is_said(repository: Path, tmp_path: Path) -> None:
    found, patch = launch(repository, "train.py", PATH=str(tmp_path))
    assert found["git"] == {"not_read": "git is not installed"} and patch is None


def test_credentials_in_the_remote_are_masked(repository: Path) -> None:
    run_git(repository, "remote", "add", "backup", "https://example.org/b.git")
    run_git(repository, "remote", "add", "origin", "https://ann:s3cr3t@example.org/x.git")
    remote = launch(repository, "train.py")[0]["git"]["remote"]
    assert remote == "https://***@example.org/x.git"


def test_a_huge_diff_is_cut_and_says_so(repository: Path) -> None:
    (repository / "data.csv").write_text("")
    run_git(repository, "add", ".")
    run_git(repository, "commit", "-m", "data")
    (repository / "data.csv").write_text("0.123456789,0.123456789\n" * 200_000)
    _, patch = launch(repository, "train.py")
    assert patch is not None and patch.startswith("# the diff is longer than 1,000,000 bytes")
    assert len(patch) < git.DIFF_BYTES + 200 and patch.endswith("\n")


def test_another_repository_in_the_environment_is_not_taken(repository: Path, tmp_path: Path) -> None:
    found, _ = launch(repository, "train.py", GIT_DIR=str(tmp_path / "elsewhere"))
    assert found["git"]["root"] == str(repository)


def test_programs_of_the_repository_are_not_run(repository: Path) -> None:
    spy = repository / "spy.sh"
    spy.write_text("#!/bin/sh\ntouch ran\n")
    spy.chmod(0o755)
    run_git(repository, "config", "core.fsmonitor", "./spy.sh")
    run_git(repository, "config", "diff.external", "./spy.sh")
    index = (repository / ".git" / "index").stat().st_mtime_ns
    (repository / "train.py").write_text(SCRIPT + "\n")
    launch(repository, "train.py")
    assert not (repository / "ran").exists()
    assert (repository / ".git" / "index").stat().st_mtime_ns == index


def test_modules_prompts_and_this_test(repository: Path) -> None:
    (repository / "package").mkdir()
    (repository / "package" / "__main__.py").write_text(SCRIPT)
    found, _ = launch(repository, "-m", "package")
    assert (found["kind"], found["module"]) == ("module", "package")
    found, _ = launch(repository, "-c", SCRIPT)
    assert found["kind"] == "interactive" and "path" not in found
    assert found["git"]["root"] == str(repository)


def test_what_was_not_read_has_no_diff() -> None:
    assert diff({"git": {"not_read": "git is not installed"}}) is None
    assert source()["argv"]


def test_asking_git_shows_no_warning_of_the_script_once_more(tmp_path: Path) -> None:
    registry: dict[Any, Any] = {}

    def warn() -> None:
        warnings.warn_explicit("only once", UserWarning, "script.py", 1, registry=registry)

    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        warn()
        git.ask(str(tmp_path), "--version")
        warn()
    assert len(shown) == 1
