"""What is newer than anything tested is found, and what moved with it is told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="only developers read the matrix")

from tests.matrix.test_generated import MATRIX

from fitscribe.matrix import Framework, load
from fitscribe.matrix.releases import LookupFailed, Move, available, moved, newer_cells
from fitscribe.matrix.results import FAILED, PASSED, Row


@pytest.fixture
def boosty(tmp_path: Path) -> Framework:
    path = tmp_path / "compat_matrix.yaml"
    path.write_text(
        MATRIX.replace('supported: ">=1.2"', 'supported: ">=1.2,<4"').replace("==1.5.0", "==2.3.*")
    )
    return load(path).frameworks[0]


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        (["1.10", "2.0.0", "2.0.1", "2.0.1rc1"], []),
        (["2.0.1", "2.0.2", "2.0.3", "2.1.0", "2.1.1", "3.0"], ["2.0.3", "2.1.1", "3.0"]),
        (["2.1.0rc1", "2.1.0", "2.2.0rc1", "2.2.0rc2"], ["2.1.0", "2.2.0rc2"]),
        (["2.2.0.dev1"], ["2.2.0.dev1"]),
        (["2.3.1", "4.0", "4.0rc1"], []),
        ([], []),
    ],
)
def test_the_newest_of_each_minor_version_and_a_pre_release(
    versions: list[str], found: list[str], boosty: Framework
) -> None:
    assert [cell.version for cell in newer_cells(boosty, versions)] == found


def test_it_is_run_in_the_environment_of_the_newest_tested_one(boosty: Framework) -> None:
    (cell,) = newer_cells(boosty, ["2.2"])
    assert (cell.name, cell.python, cell.requirements) == ("boosty-2.2", "3.13", ("boosty==2.2",))


def test_what_has_moved() -> None:
    before = Row(
        PASSED, unapplied={"boosty.cv": "skipped: it is missing"}, unmet={"boosty.fit a.B.fit": "no y"}
    )
    assert not moved(before, before)
    now = Row(
        FAILED,
        unapplied={"boosty.cv": "skipped: it is missing", "boosty.train": "observes only: no 'callbacks'"},
        unmet={"boosty.fit a.B.fit": "no y", "boosty.fit a.C.fit": "no y"},
        why=("tests.test_train.test_it",),
    )
    assert moved(before, now) == Move(
        ("boosty.train: observes only: no 'callbacks'",),
        ("boosty.fit a.C.fit: no y",),
        ("tests.test_train.test_it",),
    )
    assert len(moved(None, now).lost) == 2


def test_the_index_is_asked_through_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for version, tag in (("1.0", "py3-none-any"), ("2.0rc1", "py3-none-any"), ("9.0", "cp39-none-any")):
        (tmp_path / f"boosty-{version}-{tag}.whl").touch()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    python = "{}.{}".format(*sys.version_info)
    assert available("boosty", python) == ["2.0rc1", "1.0"]
    with pytest.raises(LookupFailed, match="pip finds no versions of no-such-thing: ERROR: No matching"):
        available("no-such-thing", python)
