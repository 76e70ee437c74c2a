"""Children that are kept within the files of another run."""

from __future__ import annotations

import math
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.store.conftest import Script

from fitscribe.store import ChildWriter, RunRecord, RunWriter, Store, read_all_series, read_run, read_series
from fitscribe.store.values import decode

Events = list[tuple[str, dict[str, Any]]]


def candidate(number: int = 0, **header: Any) -> Events:
    return [
        ("run", {"id": f"c{number}", "name": "candidate", "role": "candidate", "time": 100.0, **header}),
        ("params", {"values": {"C": number, "shape": (1, 2)}, "changed": ["C"]}),
        ("points", {"values": {"score": [[0, None, 0.5], [1, 7.0, 0.25 + number]]}}),
        ("end", {"status": "finished", "error": None, "time": 103.5}),
    ]


def test_a_child_on_one_line_is_a_run_like_any_other(writer: RunWriter) -> None:
    writer.child("c1", candidate(1, parent="run1"))
    record = read_run(writer.folder)
    child = record.children["c1"]
    assert list(record.children) == ["c1"] and len(record.children) == 1
    assert child.header == {"id": "c1", "name": "candidate", "role": "candidate", "parent": "run1"}
    assert {name: decode(value) for name, value in child.params.items()} == {"C": 1, "shape": (1, 2)}
    assert (child.changed, child.status, child.started, child.ended) == (["C"], "finished", 100.0, 103.5)
    assert (child.holder, child.folder_id, child.damage) == ("run1", "run1", [])
    summary = child.last["score"]
    assert (summary.last, summary.min, summary.max, summary.count, summary.last_step) == (
        1.25,
        0.5,
        1.25,
        2,
        1,
    )
    series = read_series(writer.folder, "score", "c1")
    assert (list(series.steps), list(series.values), series.times[1]) == ([0, 1], [0.5, 1.25], 7.0)
    assert series.times[0] == pytest.approx(child.last_write)
    # Nothing of it is the holder's own.
    assert (record.params, record.last, record.status) == ({}, {}, "running")
    assert not len(read_series(writer.folder, "score"))


def test_a_line_costs_one_write(writer: RunWriter) -> None:
    before = lines(writer)
    for number in range(3):
        writer.child(f"c{number}", candidate(number))
    assert len(lines(writer)) == len(before) + 3


def test_a_child_that_grows_line_by_line(writer: RunWriter) -> None:
    child = ChildWriter(writer, "c1")
    child.event("run", id="c1", name="training", parent="run1")
    child.point("loss", 3.0)
    child.point("loss", 2.0, 10)
    child.points({"loss": 1.0, "$x": math.nan})
    child.curves({"curve": (5, [1.0, 2.0])})
    child.point("curve", 3.0)
    child.points({})
    child.curves({})
    found = read_all_series(writer.folder, "c1")
    assert {name: list(each.steps) for name, each in found.items()} == {
        "loss": [0, 10, 11],
        "$x": [0],
        "curve": [5, 6, 7],
    }
    assert list(found["loss"].values) == [3.0, 2.0, 1.0] and math.isnan(found["$x"].values[0])
    record = read_run(writer.folder).children["c1"]
    assert record.last["loss"].min == 1.0 and math.isnan(record.last["$x"].last)
    child.event("end", status="failed", error=None)
    child.close()
    assert read_run(writer.folder).children["c1"].status == "failed"
    assert child.folder == writer.folder


def test_a_step_that_does_not_fit_is_refused(writer: RunWriter) -> None:
    child = ChildWriter(writer, "c1")
    with pytest.raises(ValueError, match="64 bits"):
        child.point("loss", 1.0, 1 << 63)
    child.point("loss", 1.0, -(1 << 63))
    assert list(read_series(writer.folder, "loss", "c1").steps) == [-(1 << 63)]


@pytest.mark.parametrize("bad", ["../c1", "", "a/b", "-x"])
def test_an_id_that_could_be_none_is_refused(writer: RunWriter, bad: str) -> None:
    with pytest.raises(ValueError, match="id"):
        writer.child(bad, [])
    with pytest.raises(ValueError, match="id"):
        ChildWriter(writer, bad)


def test_artifacts_of_a_child_lie_in_a_folder_of_its_own(writer: RunWriter) -> None:
    child = ChildWriter(writer, "c1")
    path = child.artifact("model/model.pkl")
    assert path == writer.folder / "artifacts" / "c1" / "model" / "model.pkl" and path.parent.is_dir()
    for bad in ("../c2/x", "/etc/passwd", "", "a\\b"):
        with pytest.raises(ValueError, match="not the name of an artifact"):
            child.artifact(bad)


def test_a_child_of_a_child_lies_in_the_same_files(writer: RunWriter) -> None:
    child = ChildWriter(writer, "c1")
    child.event("run", id="c1", parent="run1")
    child.child("c2", candidate(2, parent="c1"))
    ChildWriter(child, "c3").event("run", id="c3", parent="c2")
    found = read_run(writer.folder).children
    assert {each.id: each.header["parent"] for each in found.values()} == {
        "c1": "run1",
        "c2": "c1",
        "c3": "c2",
    }


def test_a_child_that_names_no_parent_is_its_holders(writer: RunWriter) -> None:
    writer.child("c1", [("points", {"values": {"score": [[0, None, 1.0]]}})])
    child = read_run(writer.folder).children["c1"]
    assert (child.header, child.started, child.last["score"].last) == ({"parent": "run1"}, None, 1.0)


def test_what_several_writers_say_of_a_child_is_merged_by_time(store: Store, clock: list[float]) -> None:
    clock[0] = 100.0
    first, second = (RunWriter(store.run_folder("run1")) for _ in range(2))
    for writer, value, moment in ((first, 1.0, 100.0), (second, 2.0, 101.0), (first, 3.0, 102.0)):
        clock[0] = moment
        writer.child(
            "c1", [("params", {"values": {"p": value}}), ("points", {"values": {"m": [[0, None, value]]}})]
        )
    record = read_run(first.folder)
    child = record.children["c1"]
    assert (child.params, child.last["m"].last, child.last_write) == ({"p": 3.0}, 3.0, 102.0)
    assert list(read_series(first.folder, "m", "c1").values) == [1.0, 2.0, 3.0]
    assert [each.last_write for each in child.writers] == [102.0, 101.0]
    second.child("c2", [("run", {"id": "c2"})])
    first.close()
    record = read_run(first.folder)
    assert [each.sealed for each in record.children["c1"].writers] == [True, False]
    assert [each.sealed for each in record.children["c2"].writers] == [False]


def test_a_child_without_an_end_shares_the_fate_of_its_writer(script: Script, store: Store) -> None:
    folder = store.run_folder("run1")
    code = """
import os, sys
from pathlib import Path
from fitscribe.store import ChildWriter, RunWriter
writer = RunWriter(Path(sys.argv[1]))
writer.event("run", id="run1")
ChildWriter(writer, "c1").event("run", id="c1")
writer.child("c2", [("run", {"id": "c2"}), ("end", {"status": "finished", "error": None})])
writer.event("end", status="finished", error=None)
os._exit(1)
"""
    script(code, folder, check=False)
    record = read_run(folder)
    assert {each.id: each.status for each in record.children.values()} == {"c1": "crashed", "c2": "finished"}
    assert record.status == "finished"
    with_us = RunWriter(folder)
    with_us.child("c1", [("tags", {"values": {"seen": True}})])
    assert read_run(folder).children["c1"].status == "running"
    with_us.close()
    assert read_run(folder).children["c1"].status == "crashed"


def test_damage_in_one_child_costs_that_child(writer: RunWriter) -> None:
    for number in range(4):
        writer.child(f"c{number}", candidate(number))
    file = next(writer.folder.glob("w-*.jsonl"))
    text = file.read_text()
    text = text.replace('"id":"c1","events":[{"event":"run"', '"id":"c1","events":[{"event":7')
    text = text.replace('"values":{"C":2,', '"values":5,"old":{"C":2,')
    text = text.replace('"id":"c3","events"', '"id":"../x","events"')
    file.write_text(text)
    record = read_run(writer.folder)
    children = record.children
    assert list(children) == ["c0", "c1", "c2"] and not children["c0"].damage
    assert children["c1"].params["C"] == 1 and children["c1"].damage == ["a part of a line cannot be read"]
    assert children["c2"].header["name"] == "candidate" and children["c2"].damage
    assert record.damage == ["a line of a child does not say of which"]
    assert record.header["name"] == "first"
    findings = {finding.problem for finding in Store(writer.folder.parents[1]).health()}
    assert "the child c1: a part of a line cannot be read" in findings


@pytest.mark.parametrize(
    "values",
    [
        *(7, None, {"m": 1}, {"m": [1]}, {"m": [[0, 1]]}, {"m": [["0", None, 1.0]]}, {"m": [[0, None, "x"]]}),
        *({"m": [[0, None, True]]}, {"m": [[1 << 70, None, 1.0]]}, {"m": [[0, None, 10**400]]}, {"$dict": 5}),
    ],
)
def test_points_that_cannot_be_read_cost_no_more_than_themselves(writer: RunWriter, values: Any) -> None:
    writer.child("c1", [("run", {"id": "c1"}), ("points", {"values": values}), ("notes", {"text": "on"})])
    child = read_run(writer.folder).children["c1"]
    assert (child.notes, child.last, child.damage) == ("on", {}, ["points cannot be read"])
    assert read_all_series(writer.folder, "c1") == {}


def test_a_line_torn_in_the_middle_is_the_holders_damage(writer: RunWriter) -> None:
    writer.child("c1", candidate(1))
    writer.child("c2", candidate(2))
    file = next(writer.folder.glob("w-*.jsonl"))
    whole = file.read_bytes()
    start = whole.index(b'"id":"c2"')
    for end in range(start, len(whole) - 1):
        file.write_bytes(whole[:end])
        record = read_run(writer.folder)
        assert list(record.children) == ["c1"], whole[start:end]
        assert len(record.damage) == 1 and "middle of a line" in record.damage[0]
    file.write_bytes(whole[:-1])
    assert list(read_run(writer.folder).children) == ["c1", "c2"]


def test_a_line_that_another_program_wrote_in_another_order(writer: RunWriter) -> None:
    with next(writer.folder.glob("w-*.jsonl")).open("a") as file:
        file.write(
            '{"events": [{"event": "notes", "text": "hi"}], "id": "c1", "time": 5, "event": "child"}\n'
        )
        file.write(
            '{"event":"child","time":6.5,"id":"c1","events":[{"event":"child"},{"event":"new"}],"x":{}}\n'
        )
    child = read_run(writer.folder).children["c1"]
    assert (child.notes, child.damage, child.last_write) == ("hi", [], 6.5)


def test_threads_and_forks_write_the_same_child(writer: RunWriter) -> None:
    import os

    child = ChildWriter(writer, "c1")
    threads = [threading.Thread(target=lambda: [child.point("m", 1.0) for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pid = os.fork()
    if pid == 0:
        child.event("tags", values={"forked": True})
        os._exit(0)
    os.waitpid(pid, 0)
    child.event("tags", values={"parent": True})
    record = read_run(writer.folder)
    assert sorted(read_series(writer.folder, "m", "c1").steps) == list(range(400))
    assert record.children["c1"].tags == {"forked": True, "parent": True}
    assert len(record.children["c1"].writers) == 2 and not record.damage


def test_a_run_can_join_a_parent_later(writer: RunWriter) -> None:
    writer.event("joined", parent="sweep1")
    assert read_run(writer.folder).header == {
        "id": "run1",
        "name": "first",
        "experiment": "e",
        "parent": "sweep1",
        "role": "group",
        "launch": "launch1",
    }


def test_the_last_of_several_ends_counts(writer: RunWriter) -> None:
    for status in ("finished", "failed", "finished"):
        writer.event("end", status=status, error=None)
    record = read_run(writer.folder)
    assert record.status == "finished" and record.ended == pytest.approx(record.last_write)


def test_the_trash_takes_what_joined_and_what_descends_from_a_child_within(store: Store) -> None:
    def run(run_id: str, parent: str | None, joined: str | None = None) -> RunWriter:
        writer = RunWriter(store.run_folder(run_id))
        writer.event("run", id=run_id, parent=parent)
        if joined is not None:
            writer.event("joined", parent=joined)
        return writer

    run("first", None, joined="sweep").close()
    holder = run("sweep", None)
    holder.child("within", candidate(0, parent="sweep"))
    holder.close()
    run("below", "within").close()
    run("other", "elsewhere").close()
    assert set(store.trash(["sweep"])) == {"sweep", "first", "below"}
    assert store.run_ids() == ["other"]
    assert set(store.restore(["sweep"])) == {"sweep", "first", "below"}
    assert store.trash(["within"]) == []
    store.trash(["sweep"])
    assert set(store.purge(["sweep"])) == {"sweep", "first", "below"} and store.trashed_ids() == []


def test_children_are_put_together_one_by_one(writer: RunWriter) -> None:
    for number in range(50):
        writer.child(f"c{number}", candidate(number))
    children = read_run(writer.folder).children
    assert "c7" in children and "run1" not in children
    with pytest.raises(KeyError):
        children["run1"]
    assert [child.params["C"] for child in children.values()] == list(range(50))
    assert isinstance(children["c7"], RunRecord) and children["c7"] == children["c7"]


def lines(writer: RunWriter) -> list[str]:
    (file,) = Path(writer.folder).glob("w-*.jsonl")
    return file.read_text().splitlines()


def test_a_deleted_folder_is_noticed_within_a_second(writer: RunWriter, clock: list[float]) -> None:
    writer.child("c1", candidate(1))
    shutil.rmtree(writer.folder)
    clock[0] += 2
    with pytest.raises(FileNotFoundError, match="the folder of the run is gone"):
        writer.child("c2", candidate(2))
    assert not writer.folder.exists()
