"""The script itself is kept where no git repository has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fitscribe
from fitscribe import capture
from fitscribe.capture import git
from fitscribe.reading import compare

SCRIPT = "api_key = 'sk-abcdefghijklmnopqrstuv'\nrate = 0.1  # größer\n"


def code(path: Path, kind: str = "script") -> str | None:
    return capture.script_text({"kind": kind, "path": str(path), "git": git.repository(str(path.parent))})


def run_git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "projekt ä" / "train.py"
    path.parent.mkdir()
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_without_a_repository_the_script_is_kept_with_secrets_masked(script: Path) -> None:
    kept = code(script)
    assert kept is not None and "rate = 0.1  # größer" in kept and "sk-abc" not in kept


def test_a_script_that_git_does_not_track_is_kept(script: Path) -> None:
    run_git(script.parent, "init")
    assert "rate = 0.1" in str(code(script))
    run_git(script.parent, "add", "train.py")
    assert code(script) is None  # the diff against nothing has it
    (script.parent / ".gitignore").write_text("other.py\n")
    other = script.with_name("other.py")
    other.write_text("x = 1\n")
    assert code(other) == "x = 1\n"


def test_a_link_to_a_file_of_the_repository_is_not_kept(script: Path) -> None:
    run_git(script.parent, "init")
    run_git(script.parent, "add", "train.py")
    link = script.with_name("link.py")
    link.symlink_to(script)
    assert code(link) is None


def test_a_long_script_is_cut_and_says_so(script: Path) -> None:
    script.write_text("x = 1\n" * 200_000)
    kept = code(script)
    assert kept is not None and kept.startswith("# the script is longer than 1,000,000 bytes")
    assert kept.endswith("x = 1\n") and len(kept) < git.DIFF_BYTES + 200


@pytest.mark.parametrize("kind", ["notebook", "interactive"])
def test_of_notebooks_and_installed_programs_nothing_is_kept(kind: str, script: Path) -> None:
    assert code(script, kind) is None
    assert code(Path(sys.prefix) / "bin" / "python") is None


def test_a_run_has_the_code_of_its_script_and_comparing_leaves_the_one_line_out(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import fitscribe\nfitscribe.log_metric('x', 1)\n")
    (tmp_path / "other.py").write_text(
        "import fitscribe; fitscribe.autolog()\nfitscribe.log_metric('x', 1)\n"
    )
    for name in ("train.py", "other.py"):
        subprocess.run([sys.executable, name], cwd=tmp_path, check=True, capture_output=True)
    first, second = fitscribe.search_runs()
    assert second.source["code"] == "import fitscribe\nfitscribe.log_metric('x', 1)\n"
    assert "code" not in compare([first, second]).source


@pytest.mark.parametrize("command", [["-"], ["-m", "fitscribe.cli", "run", "-"]])
def test_a_script_from_standard_input_has_no_path(command: list[str], tmp_path: Path) -> None:
    script = "import fitscribe\nfitscribe.log_metric('x', 1)\n"
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, input=script, check=True, capture_output=True, text=True
    )
    (run,) = fitscribe.search_runs()
    assert "FileNotFoundError" not in done.stderr and "launch" not in done.stderr
    assert run.source["kind"] == "stdin" and "path" not in run.source and not run.problems
    assert run.experiment == "stdin"
