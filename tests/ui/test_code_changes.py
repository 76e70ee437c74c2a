"""From the changes of one run to those of another: what `patch` makes of it is the code of the other."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from fitscribe.ui.code_changes import between

BASE = [f"line {number}" for number in range(60)]


def told(diff: str) -> dict[str, object]:
    return {"commit": "c", "diff": diff, "code": "", "path": "a.py", "cut": False}


def edited(chance: random.Random) -> list[str]:
    found: list[str] = []
    for line in BASE:
        fate = chance.random()
        if fate > 0.06:
            found.append(f"{line} changed" if fate < 0.12 else line)
        if fate > 0.95:
            found.append("new")
    return found


@pytest.fixture
def git(tmp_path: Path) -> Path:
    (tmp_path / "a.py").write_text("".join(f"{line}\n" for line in BASE))
    who = ["-c", "user.email=a@b", "-c", "user.name=a"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "base"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


def diff_of(git: Path, name: str, text: str) -> str:
    (git / name).write_text(text)
    subprocess.run(["git", "add", "-N", "."], cwd=git, check=True)
    done = subprocess.run(["git", "diff"], cwd=git, check=True, capture_output=True, text=True)
    return done.stdout


def test_it_leads_from_the_one_to_the_other(git: Path) -> None:
    chance = random.Random(0)
    for _ in range(12):
        texts = ["".join(f"{line}\n" for line in edited(chance)) for _ in range(2)]
        diffs = [diff_of(git, "a.py", text) for text in texts]
        found, remark = between(*map(told, diffs))
        assert found is not None and remark == ""
        (git / "a.py").write_text(texts[0])
        subprocess.run(["git", "apply", "-"], cwd=git, input=found, text=True, check=True)
        assert (git / "a.py").read_text() == texts[1]


def test_a_file_that_only_one_has(git: Path) -> None:
    other = diff_of(git, "new.py", "++ no head\nb\n")
    found, _ = between(told(""), told(other))
    assert found == "--- a/new.py\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+++ no head\n+b\n"
    assert between(told(other), told(other)) == (None, "")
