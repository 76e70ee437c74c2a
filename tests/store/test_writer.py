from __future__ import annotations

import json
import math
import os
import threading
from pathlib import Path

import pytest

from fitscribe.store import ChildWriter, RunWriter, Store, read_all_series, read_run, read_series, values
from fitscribe.store.points import RECORD


def files_of(folder: Path, ending: str) -> list[Path]:
    return sorted(folder.glob(f"w-*.{ending}"))


def test_nothing_exists_before_the_first_write(store: Store) -> None:
    writer = RunWriter(store.run_folder("run1"))
    writer.close()
    assert not store.root.exists()
    writer.event("run", id="run1")
    assert (store.root / ".gitignore").read_text() == "*\n"
    assert store.run_ids() == ["run1"]
    assert not files_of(writer.folder, "bin")
    writer.close()


def test_events_are_put_together(writer: RunWriter) -> None:
    writer.event("params", values={"C": 1.0, "shape": (8, 8)}, changed=["C"])
    writer.event("params", values={"C": 2.0, "$odd": 1})
    writer.event("tags", values={"a": "x", "b": 1, "c": True})
    writer.event("tags", values={"a": None, "b": 2})
    writer.event("notes", text="first")
    writer.event("notes", text="second")
    writer.event("facts", values={"n_iter_": 7})
    writer.event("signature", signature={"inputs": []})
    writer.event("dataset", role="train", description={"rows": 3})
    writer.event("artifact", name="roc", path="artifacts/roc.json", kind="roc", size=1)
    writer.event("artifact", name="matrix", path="artifacts/m.json", kind="confusion_matrix", size=1)
    writer.event("artifact", name="roc", path="artifacts/roc.json", kind="roc", size=2)
    writer.event("model", name="model", path="artifacts/model/model.pkl")
    writer.event("unseen", what="model", why="too large")
    writer.event("problem", where="evaluation", error="ValueError: x")
    writer.event("coverage", points=[{"id": "p", "state": "applied"}])
    writer.event("cost", cpu_s=0.01)
    writer.event("lost", points=3, why="full")
    writer.event("of a later version", anything=1)
    writer.event("end", status="failed", error={"type": "E", "message": "m", "traceback": "t"})
    writer.close()
    record = read_run(writer.folder)
    assert record.damage == []
    assert (record.id, record.header["name"], record.header["launch"]) == ("run1", "first", "launch1")
    assert "event" not in record.header and "time" not in record.header
    assert {name: values.decode(value) for name, value in record.params.items()} == {
        "C": 2.0,
        "shape": (8, 8),
        "$odd": 1,
    }
    assert record.changed == ["C"]
    # What is logged without a word on its default has none, unless it had one before.
    assert record.given == ["$odd"]
    assert record.tags == {"b": 2, "c": True}
    assert record.notes == "second"
    assert record.facts == {"n_iter_": 7}
    assert record.signature == {"inputs": []}
    assert record.datasets == [{"role": "train", "description": {"rows": 3}}]
    assert [(each["name"], each["size"], each["kind"]) for each in record.artifacts.values()] == [
        ("matrix", 1, "confusion_matrix"),
        ("roc", 2, "roc"),
    ]
    assert list(record.models) == ["model"]
    assert record.unseen == [{"what": "model", "why": "too large"}]
    assert record.problems[0]["where"] == "evaluation"
    assert record.coverage == [{"id": "p", "state": "applied"}]
    assert record.cost == {"cpu_s": 0.01}
    assert [(each["points"], each["why"]) for each in record.lost] == [(3, "full")]
    assert record.end is not None and record.end["error"]["type"] == "E"
    assert record.status == "failed"
    assert record.started is not None and record.ended is not None
    assert record.started <= record.ended <= record.last_write
    assert [each.sealed for each in record.writers] == [True]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 5_000, 40_000])
def test_points_come_back_whatever_their_number(writer: RunWriter, point_path: str, count: int) -> None:
    for number in range(count):
        writer.point("loss", number / 2, number)
    during = read_series(writer.folder, "loss")
    writer.close()
    after = read_series(writer.folder, "loss")
    for series in (during, after):
        assert len(series) == count
        assert list(series.steps) == list(range(count))
        assert list(series.values) == [number / 2 for number in range(count)]
        assert all(earlier <= later for earlier, later in zip(series.times, series.times[1:], strict=False))
    (file,) = files_of(writer.folder, "bin")
    assert file.stat().st_size == count * RECORD.size
    summary = read_run(writer.folder).last["loss"]
    assert (summary.last, summary.min, summary.max) == ((count - 1) / 2, 0.0, (count - 1) / 2)
    assert (summary.count, summary.last_step) == (count, count - 1)


def test_steps_left_out_follow_the_last_one_of_the_metric(writer: RunWriter) -> None:
    writer.point("a", 0.0)
    writer.point("a", 0.0)
    writer.point("b", 0.0, 10)
    writer.point("b", 0.0)
    writer.point("b", 0.0, -5)
    writer.points({"a": 0.0, "b": 0.0, "c": 0.0})
    writer.points({"a": 0.0, "c": 0.0}, 7)
    writer.close()
    writer.point("a", 0.0)
    steps = {name: list(series.steps) for name, series in read_all_series(writer.folder).items()}
    assert steps == {"a": [0, 1, 2, 7, 8], "b": [10, 11, -5, -4], "c": [0, 7]}


def test_no_points_are_no_file(writer: RunWriter) -> None:
    writer.points({})
    assert not files_of(writer.folder, "bin")
    assert read_all_series(writer.folder) == {}
    assert len(read_series(writer.folder, "never logged")) == 0


@pytest.mark.parametrize("earlier", [0, 100])
def test_a_step_that_does_not_fit_costs_nothing_else(writer: RunWriter, earlier: int) -> None:
    for _ in range(earlier):
        writer.point("x", 1.0)
    for step in (1 << 63, -(1 << 63) - 1):
        with pytest.raises(ValueError, match="64 bits"):
            writer.point("x", 2.0, step)
        with pytest.raises(ValueError, match="64 bits"):
            writer.points({"x": 2.0}, step)
    writer.point("x", 3.0, (1 << 63) - 1)
    writer.close()
    record = read_run(writer.folder)
    assert record.last["x"].count == earlier + 1
    assert record.last["x"].last_step == (1 << 63) - 1
    assert record.damage == []


def test_summaries_are_the_same_with_numpy_and_without(writer: RunWriter) -> None:
    nan = math.nan
    odd = {"nan": [nan, nan], "first": [nan, 1.0, 2.0], "last": [3.0, -math.inf, nan], "inf": [math.inf, 0.0]}
    for name, points in odd.items():
        for value in points:
            writer.point(name, value)
    few = read_run(writer.folder).last
    for _ in range(5_000):
        writer.point("many", 1.0)
    many = read_run(writer.folder).last
    assert many.pop("many").count == 5_000
    assert repr(few) == repr(many)
    assert math.isnan(few["nan"].min) and math.isnan(few["nan"].max)
    assert (few["first"].min, few["first"].max, few["first"].last) == (1.0, 2.0, 2.0)
    assert (few["last"].min, few["last"].max) == (-math.inf, 3.0) and math.isnan(few["last"].last)


@pytest.mark.parametrize("name", ["größe/µ", "\ud800 lone", "a\nb\0c", " ", "$tuple", "x" * 1_000_000])
def test_any_text_names_a_metric_a_parameter_and_a_tag(writer: RunWriter, name: str) -> None:
    writer.point(name, 1.5, 3)
    writer.event("params", values={name: name})
    writer.event("tags", values={name: name})
    record = read_run(writer.folder)
    assert (record.last[name].last, record.params, record.tags) == (1.5, {name: name}, {name: name})
    assert list(read_series(writer.folder, name).values) == [1.5]
    for file in files_of(writer.folder, "jsonl"):
        file.read_bytes().decode("ascii")


def test_a_hundred_thousand_metrics(writer: RunWriter) -> None:
    names = [f"metric {number}" for number in range(100_000)]
    writer.points(dict.fromkeys(names[:99_000], 1.0))
    for name in names[98_000:]:
        writer.point(name, 2.0)
    writer.close()
    last = read_run(writer.folder).last
    assert list(last) == names
    assert (last[names[0]].count, last[names[98_500]].count, last[names[-1]].last) == (1, 2, 2.0)


def test_lines_are_strict_json_in_ascii(writer: RunWriter) -> None:
    writer.event("params", values={"nan": math.nan, "é": "ü", "big": 10**400, "object": object()})

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    (file,) = files_of(writer.folder, "jsonl")
    lines = [
        json.loads(line, parse_constant=refuse) for line in file.read_bytes().decode("ascii").splitlines()
    ]
    assert [line["event"] for line in lines] == ["writer", "run", "params"]
    assert lines[0]["format"] == 1 and lines[0]["pid"] == os.getpid()


def test_what_comes_after_the_end_is_a_further_pair_of_files(writer: RunWriter) -> None:
    writer.point("x", 1.0)
    writer.close()
    before = [
        (file, file.read_bytes())
        for file in (*files_of(writer.folder, "jsonl"), *files_of(writer.folder, "bin"))
    ]
    writer.point("x", 2.0)
    writer.event("tags", values={"late": "yes"})
    writer.close()
    writer.close()
    assert all(file.read_bytes() == content for file, content in before)
    assert len(files_of(writer.folder, "jsonl")) == len(files_of(writer.folder, "bin")) == 2
    record = read_run(writer.folder)
    assert (record.tags, record.last["x"].last, record.last["x"].count) == ({"late": "yes"}, 2.0, 2)


def test_two_writers_of_one_process_do_not_share_files(writer: RunWriter) -> None:
    other = RunWriter(writer.folder)
    other.point("x", 1.0)
    writer.point("x", 2.0)
    other.point("x", 3.0)
    assert list(read_series(writer.folder, "x").values) == [1.0, 2.0, 3.0]
    other.close()


def test_a_clock_that_is_set_back_does_not_change_the_order(store: Store, clock: list[float]) -> None:
    clock[0] = 0.0
    writer, other = RunWriter(store.run_folder("run1")), RunWriter(store.run_folder("run1"))
    for who, time, value in [
        (writer, 100.0, 1.0),
        (writer, 50.0, 2.0),
        (other, 80.0, 3.0),
        (other, 101.0, 4.0),
    ]:
        clock[0] = time
        who.point("x", value)
        who.event("notes", text=str(value))
    series = read_series(writer.folder, "x")
    assert list(series.values) == [3.0, 1.0, 2.0, 4.0]
    assert list(series.times) == [80.0, 100.0, 50.0, 101.0]
    record = read_run(writer.folder)
    assert (record.notes, record.last["x"].last) == ("4.0", 4.0)
    writer.close()
    other.close()


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "", ".", "a\\..\\x", "C:/x", "a\0b"])
def test_an_artifact_cannot_leave_its_folder(writer: RunWriter, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of an artifact"):
        writer.artifact(name)
    assert not (writer.folder / "artifacts").exists()


def test_the_folder_of_an_artifact_is_created(store: Store) -> None:
    writer = RunWriter(store.run_folder("run1"))
    path = writer.artifact("test/matrix.json")
    assert path == writer.folder / "artifacts" / "test" / "matrix.json"
    path.write_text("{}")


def test_threads_lose_nothing_and_share_the_steps(writer: RunWriter, point_path: str) -> None:
    def work(number: int) -> None:
        for step in range(1_000):
            writer.point("shared", 1.0)
            writer.points({f"own {number}": step, "all": 0.0})
            if step % 100 == 0:
                writer.event("tags", values={f"{number}-{step}": 1})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = read_run(writer.folder)
    assert record.damage == []
    assert len(record.tags) == 60
    series = read_all_series(writer.folder)
    assert sorted(series["shared"].steps) == list(range(6_000))
    assert sorted(series["all"].steps) == list(range(6_000))
    for number in range(6):
        assert list(series[f"own {number}"].values) == list(range(1_000))


def test_which_series_there_are(writer: RunWriter) -> None:
    writer.event("run", id="run1")
    child = ChildWriter(writer, "child1")
    for each in (writer, child):
        assert not each.has_series("loss")
        each.point("loss", 1.0)
        assert each.has_series("loss") and not each.has_series("accuracy")
        each.curves({"accuracy": (0, [0.5])})
        assert each.has_series("accuracy")
    writer.close()
