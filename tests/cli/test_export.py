from __future__ import annotations

import csv
import errno
import json
import os
import stat
import threading
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


@pytest.mark.parametrize("command", [("export",), ("report", "aaa")])
def test_an_earlier_file_outlives_a_failure(
    command: tuple[str, ...], two: Builder, fitscribe: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.write_text("earlier")
    target.chmod(0o640)

    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", source)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        found = fitscribe(*command, "-o", str(target))
    assert found.code == 1 and f"No space left on device: {target}" in found.err
    assert target.read_text() == "earlier" and os.listdir(tmp_path).count("out") == 1
    assert not list(tmp_path.glob(".fitscribe-*"))
    assert fitscribe(*command, "-o", str(target)).code == 0
    assert "aaaaaa111111" in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_what_is_no_file_is_written_to_and_stays(two: Builder, fitscribe: Run, tmp_path: Path) -> None:
    pipe, link, target = tmp_path / "pipe", tmp_path / "link.json", tmp_path / "target.json"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    assert fitscribe("export", "aaa", "-o", str(pipe)).code == 0
    reader.join()
    assert json.loads(read[0])[0]["id"] == "aaaaaa111111" and stat.S_ISFIFO(pipe.stat().st_mode)
    target.write_text("earlier")
    link.symlink_to(target)
    assert fitscribe("export", "aaa", "-o", str(link)).code == 0
    assert link.is_symlink() and json.loads(target.read_text())[0]["id"] == "aaaaaa111111"
    assert json.loads(fitscribe("export", "aaa", "-o", "-").out)[0]["id"] == "aaaaaa111111"


@pytest.mark.parametrize("command", [("export",), ("report", "aaa")])
def test_texts_that_are_no_unicode_are_written(
    command: tuple[str, ...], build: Builder, fitscribe: Run, tmp_path: Path
) -> None:
    build.run("aaaaaa111111", "caf\udce9", params={"p\udce9": "v\udce9"}, metrics={"m\udce9": 1.0})
    target = tmp_path / os.fsdecode(b"caf\xe9.out")
    assert fitscribe(*command, "-o", str(target)).code == 0
    assert "\\udce9" in target.read_text(encoding="utf-8")
