"""What becomes of a store while a script writes to it: read-only, deleted, moved, replaced by a file."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.chaos.conftest import Script
from tests.chaos.reading import by_commands, by_python, command
from tests.mounting import mounted

import fitscribe
from fitscribe import capture
from fitscribe.reading import Run, snapshot
from fitscribe.reading.missing import not_seen
from fitscribe.store import Store

# How an accident happens and is made good, within the script.
ACCIDENTS = {
    "read-only": """
def happen():
    if os.geteuid() == 0: os.seteuid(65534)
    else:
        for folder in folders(): os.chmod(folder, 0o500)
def mend():
    if os.getuid() == 0: os.seteuid(0)
    else:
        for folder in folders(): os.chmod(folder, 0o700)
def folders(): return [place, *(path for path in place.rglob("*") if path.is_dir())]
""",
    "deleted": """
def happen(): shutil.copytree(place, aside); shutil.rmtree(place)
def mend(): shutil.rmtree(place); aside.rename(place)
""",
    "moved": """
def happen(): place.rename(aside)
def mend(): shutil.rmtree(place); aside.rename(place)
""",
    "replaced by a file": """
def happen(): place.rename(aside); place.write_text("no folder")
def mend(): place.unlink(); aside.rename(place)
""",
    "replaced by another store": """
def happen(): place.rename(aside); (place / "runs").mkdir(parents=True)
def mend(): shutil.rmtree(place); aside.rename(place)
""",
}
PLAY = """
import os, shutil, sys, threading
from pathlib import Path
import fitscribe
place = Path(os.environ["FITSCRIBE_STORE"])
aside = place.with_name("aside")
{accident}
def log(run, when, steps):
    for step in steps: run.log_metric("x", float(step), step)
    run.log_params({{when: len(steps)}})
    run.log_text(when, when)
    run.log_table({{"x": [1]}}, when + " table")
    run.log_model([when], when)
    run.log_child(when, params={{"p": 1}}, metrics={{"score": 1.0}})
    run.set_tags({{when: True}})
from fitscribe.store import run_files
run_files.LOOK_EVERY_S = 0.0
with fitscribe.start_run("run") as run:
    log(run, "before", range(100))
    for thread in threading.enumerate():
        if thread.name == "fitscribe-launch": thread.join()
    happen()
    log(run, "meanwhile", range(100, 200))
    with fitscribe.start_run("inner") as inner:
        log(inner, "inner", range(100))
    mend()
    log(run, "after", range(200, 300))
with fitscribe.start_run("next") as run:
    log(run, "next", range(100))
print("trained")
"""


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_what_a_store_in_trouble_refuses_is_said_and_the_rest_is_kept(
    accident: str, script: Script, own_store: Path
) -> None:
    if accident == "read-only" and os.name == "nt":
        pytest.skip("folders cannot be made read-only here")
    done = script(PLAY.format(accident=ACCIDENTS[accident]))
    assert done.stdout == "trained\n"
    assert done.stderr.count("the training is not affected") == 1 and "fitscribe: store: " in done.stderr
    runs = {run.name: run for run in fitscribe.search_runs()}
    run, following = runs["run"], runs["next"]
    assert (run.status, following.status) == ("finished", "finished")
    steps = list(run.series("x").steps)
    lost = sum(each["points"] for each in run.lost)
    assert set(range(100)) | set(range(200, 300)) <= set(steps) and len(steps) + lost == 300
    missing = {each["what"] for each in run.unseen}
    # Files that are open go along with a folder that is moved, or that is read-only by now.
    logged = accident in ("read-only", "moved", "replaced by a file", "replaced by another store")
    assert ("meanwhile" in run.params) == ("meanwhile" in run.tags) == logged == (lost == 0)
    assert ("params meanwhile" in missing) == ("child meanwhile" in missing) != logged
    assert {"before", "after"} <= run.params.keys()
    assert {"artifact meanwhile.txt", "artifact meanwhile table.csv", "model meanwhile"} <= missing
    assert {each["name"] for each in run.artifacts} == {
        f"{when}{kind}" for when in ("before", "after") for kind in (".txt", " table.csv")
    }
    assert [run.load_model(name) for name in ("before", "after")] == [["before"], ["after"]]
    assert following.params == {"next": 100} and not following.unseen
    assert "the store did not take all of it" in done.stderr
    assert [finding for finding in Store(own_store).health() if "runs/" in finding.where] == []
    by_python(Store(own_store))
    for arguments in (("ls",), ("show", run.id), ("ls", "--json")):
        command(*arguments)


def read_only(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)


def test_a_store_that_is_read_only_from_the_start_is_read_and_not_written(
    tmp_path: Path, recorded: Path, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.name == "nt":
        pytest.skip("folders cannot be made read-only here")
    if os.geteuid() != 0:
        disk = tmp_path / "disk"
        shutil.copytree(recorded, disk / "store")
        read_only(disk)
        within(disk / "store", script, monkeypatch)
        for path in (disk, *disk.rglob("*")):
            path.chmod(0o700)
        return
    with mounted(tmp_path / "disk", "size=8m") as disk:
        shutil.copytree(recorded, disk / "store")
        assert os.system(f"mount -o remount,ro {disk}") == 0
        within(disk / "store", script, monkeypatch)


def within(place: Path, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_STORE", str(place))
    before = sorted(map(str, place.rglob("*")))
    done = script(
        "import fitscribe\n"
        "fitscribe.autolog()\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "with fitscribe.start_run('refused') as run:\n"
        "    run.log_params({'a': 1})\n"
        "    run.log_text('x', 'text')\n"
        "    LogisticRegression().fit([[0.0], [1.0]], [0, 1])\n"
        "print('trained')\n"
    )
    assert done.stdout == "trained\n"
    assert done.stderr.count("fitscribe: store") == 1 and done.stderr.count("not affected") == 1
    by_python(Store(place))
    by_commands(Store(place))
    run = fitscribe.search_runs("tags.kind = 'hand'")[0]
    code, _, errors = command("rm", "--yes", run.id)
    assert code == 1 and errors.startswith("fitscribe: ") and errors.count("\n") == 1
    assert sorted(map(str, place.rglob("*"))) == before


def test_a_launch_that_cannot_be_written_is_said_of_its_run_and_written_with_the_next(
    own_store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("FITSCRIBE_RERAISE", raising=False)
    own_store.mkdir()
    in_the_way = own_store / "launches"
    in_the_way.write_text("a file")
    with fitscribe.start_run("first") as first:
        launch_written()
    assert [each["what"] for each in first.unseen] == ["code, environment and script of the launch"]
    in_the_way.unlink()
    with fitscribe.start_run("second") as second:
        launch_written()
    assert second.unseen == [] and second.environment and first.environment == second.environment


def test_a_launch_that_is_deleted_is_written_again_by_the_next_run_and_missed_by_those_before(
    own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fitscribe.start_run("first") as first:
        launch_written()
    kept = read_launch(first)
    monkeypatch.setattr(capture, "environment", lambda: {"python": "another one by now"})
    shutil.rmtree(own_store / "launches")
    monkeypatch.setattr(snapshot, "_WRITTEN_WITHIN_S", 0.0)  # as after a while
    (missing,) = not_seen(first.snapshot())
    assert missing == "code, environment and script of the launch: its files are no longer in the store"
    with fitscribe.start_run("second") as second:
        launch_written()
    assert read_launch(second) == kept == read_launch(first) and kept[0] and kept[1]
    assert not_seen(first.snapshot()) == not_seen(second.snapshot()) == []
    shutil.rmtree(own_store)
    with fitscribe.start_run("third") as third:
        launch_written()
    assert read_launch(third) == kept


def read_launch(run: Run) -> tuple[dict[str, Any], dict[str, Any]]:
    return run.environment, run.source


def launch_written() -> None:
    for thread in threading.enumerate():
        if thread.name == "fitscribe-launch":
            thread.join()


def test_a_file_of_points_of_an_open_run_that_is_deleted(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        for step in range(100):
            run.log_metric("loss", float(step), step)
        (file,) = run.path.glob("w-*.bin")
        file.unlink()
        run._writer._look_at = 0.0  # type: ignore[union-attr] # as after a second
        for step in range(100, 200):
            run.log_metric("loss", float(step), step)
    read = fitscribe.get_run(run.id)
    assert [each["points"] for each in read.lost] == [1] and "deleted" in read.lost[0]["why"]
    assert list(read.series("loss").steps) == list(range(101, 200))


@pytest.mark.parametrize("is_looked_for", [False, True])
def test_points_outlive_the_lines_of_an_open_run_and_keep_their_names(
    own_store: Path, is_looked_for: bool
) -> None:
    with fitscribe.start_run("run") as run:
        run.log_param("a", 1)
        for step in range(100):
            run.log_metrics({"loss": float(step), "lr": 0.5}, step)
        (file,) = run.path.glob("w-*.jsonl")
        file.unlink()
        if is_looked_for:
            run._writer._look_at = 0.0  # type: ignore[union-attr] # as after a second
            run.log_metric("loss", 100.0)
        run.log_metric("accuracy", 1.0)
        run.log_param("b", 2)
        run.log_metric("loss", -1.0)
    read = fitscribe.get_run(run.id)
    assert list(read.series("loss").values)[:100] == list(map(float, range(100)))
    assert list(read.series("accuracy").values) == [1.0] and read.metrics["loss"] == -1.0
    assert len(read.series("lr")) == 100 and (read.name, read.params, read.lost) == ("run", {"b": 2}, [])
    (missing,) = read.unseen
    assert missing["what"].startswith("what was recorded before ") and "deleted" in missing["why"]
    assert read.damage == [] and read.started is not None


def test_all_files_of_an_open_run_that_are_deleted(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        run.log_metric("loss", 1.0)
        for file in run.path.glob("w-*"):
            file.unlink()
        run.log_param("b", 2)
        run.log_metric("loss", 2.0, 1)
    read = fitscribe.get_run(run.id)
    assert (read.name, read.params, list(read.series("loss").values)) == ("run", {"b": 2}, [2.0])
    assert [each["why"] for each in read.unseen] == ["the file was deleted"]


def test_lines_that_are_deleted_once_the_run_is_over_are_missed(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        run.log_metric("loss", 1.0)
        run.log_metric("loss", 2.0)
    (file,) = run.path.glob("w-*.jsonl")
    (points,) = run.path.glob("w-*.bin")
    content = points.read_bytes()
    file.unlink()
    run.log_metric("accuracy", 0.5)
    read = fitscribe.get_run(run.id)
    assert list(read.series("accuracy").values) == [0.5] and points.read_bytes() == content
    assert read.damage == [
        f"{file.name} is missing, and with it what the points in {points.name} are called",
        "2 points belong to metrics whose names cannot be read",
    ]


def test_points_that_are_deleted_once_the_run_is_over_are_missed(own_store: Path) -> None:
    with fitscribe.start_run("run") as run:
        run.log_metric("loss", 1.0)
    (file,) = run.path.glob("w-*.bin")
    file.unlink()
    read = fitscribe.get_run(run.id)
    assert read.damage == [f"{file.name} is missing, with whatever points were in it"]
