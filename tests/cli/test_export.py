from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Builder, Result

Run = Callable[..., Result]


@pytest.fixture
def two(build: Builder) -> Builder:
    build.run("aaaaaa111111", "Größe", params={"alpha": 1 / 3}, metrics={"loss": [2.0, 1 / 3]})
    build.run("bbbbbb222222", params={"alpha": 2.0})
    return build


def test_json_has_every_digit_and_points_on_request(two: Builder, fitscribe: Run) -> None:
    (document,) = json.loads(fitscribe("export", "aaa").out)
    assert document["name"] == "Größe" and document["params"] == {"alpha": 1 / 3}
    assert "series" not in document
    (document,) = json.loads(fitscribe("export", "aaa", "--series").out)
    assert document["series"]["loss"]["values"] == [2.0, 1 / 3]


def test_a_file_is_of_the_kind_that_its_name_says(two: Builder, fitscribe: Run, tmp_path: Path) -> None:
    target = tmp_path / "runs.csv"
    assert fitscribe("export", "--output", str(target), "--sort", "started asc") == Result(0, "", "")
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["params.alpha"]) for row in rows] == [("Größe", repr(1 / 3)), ("Ridge", "2.0")]
    assert (
        fitscribe("export", "--format", "csv", "--filter", "params.alpha > 1")
        .out.splitlines()[1]
        .startswith("bb")
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--series", "--format", "csv"], 2, "--series is for JSON"),
        (["aaa", "--filter", "params.alpha > 1"], 2, "not both"),
        (["--filter", "params.alpha >"], 2, "^"),
        (["--output", "no/such/folder/x.csv"], 1, "No such file or directory: no/such/folder/x.csv"),
    ],
)
def test_what_cannot_be_done_is_said(
    two: Builder, fitscribe: Run, arguments: list[str], code: int, message: str
) -> None:
    found = fitscribe("export", *arguments)
    assert (found.code, found.out) == (code, "")
    assert message in found.err
