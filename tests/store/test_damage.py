"""Files that are torn, damaged or made up: reading never raises, says what it skipped, and uses the rest."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fitscribe.cli import main
from fitscribe.store import RunRecord, RunWriter, Store, read_all_series, read_run
from fitscribe.store.files import read_header
from fitscribe.store.points import RECORD

JUNK = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_everything(folder: Path) -> RunRecord:
    record = read_run(folder)
    assert record.status in (
        "finished",
        "failed",
        "interrupted",
        "unobserved",
        "running",
        "silent",
        "crashed",
    )
    series = read_all_series(folder)
    assert {name: len(points) for name, points in series.items()} == {
        name: summary.count for name, summary in record.last.items()
    }
    read_header(folder)
    return record


@pytest.fixture
def folder(writer: RunWriter) -> Path:
    writer.event("params", values={"C": 1.0})
    for step in range(3):
        writer.point("loss", step)
    writer.event("end", status="finished", error=None)
    return writer.folder


def the(folder: Path, ending: str) -> Path:
    (file,) = folder.glob(f"w-*.{ending}")
    return file


def test_a_line_torn_at_any_byte_costs_that_line_only(folder: Path) -> None:
    file = the(folder, "jsonl")
    whole = file.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for length in range(last, len(whole) + 1):
        file.write_bytes(whole[:length])
        record = read_everything(folder)
        assert record.params == {"C": 1.0} and record.last["loss"].count == 3
        torn = last < length < len(whole) - 1
        assert bool(record.damage) == torn
        assert (record.end is not None) == (length >= len(whole) - 1)
        assert record.status == ("running" if record.end is None else "finished")


def test_a_record_torn_at_any_byte_costs_that_record_only(folder: Path) -> None:
    file = the(folder, "bin")
    whole = file.read_bytes()
    for length in range(2 * RECORD.size, len(whole) + 1):
        file.write_bytes(whole[:length])
        record = read_everything(folder)
        assert record.last["loss"].count == length // RECORD.size
        assert bool(record.damage) == bool(length % RECORD.size)
        assert record.params == {"C": 1.0}


def test_empty_records_are_skipped_wherever_they_are(folder: Path) -> None:
    file = the(folder, "bin")
    records = file.read_bytes()
    empty = bytes(RECORD.size)
    file.write_bytes(
        empty + records[: RECORD.size] + 3 * empty + records[RECORD.size :] + 5_000 * empty + b"\0" * 7
    )
    record = read_everything(folder)
    assert record.damage == []
    assert list(read_all_series(folder)["loss"].values) == [0.0, 1.0, 2.0]


def test_points_without_a_name_are_counted(folder: Path) -> None:
    with the(folder, "bin").open("ab") as file:
        file.write(RECORD.pack(99, 0, 0.0, 1.0) * 2)
    assert read_everything(folder).damage == ["2 points belong to metrics whose names cannot be read"]


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"[1]",
        b"null",
        b"\xff\xfe",
        b'{"event":"params","time":"now","values":{}}',
        b'{"event":"params","time":1e400,"values":3}',
        b'{"event":"params","time":1,"values":{"$dict":[1]}}',
        b'{"event":"params","time":1,"values":{"$dict":3}}',
        b'{"event":"params","time":1,"values":{},"changed":7}',
        b'{"event":"metrics","time":1,"first":"a","names":["x"]}',
        b'{"event":"metrics","time":1,"first":1,"names":[[]]}',
        b'{"event":"tags","time":1}',
        b'{"event":"artifact","time":1,"name":{}}',
        b'{"event":"coverage","time":1,"points":1}',
        b'{"event":"signature","time":1,"signature":[]}',
        b'{"event":"end","time":1,"status":"splendid"}',
        b"[" * 100_000,
        b"1" * 10_000,
    ],
)
def test_a_damaged_line_is_named_and_the_rest_is_read(folder: Path, line: bytes) -> None:
    with the(folder, "jsonl").open("ab") as file:
        file.write(line + b'\n{"event":"notes","time":2,"text":"after"}\n')
    record = read_everything(folder)
    assert len(record.damage) == 1
    assert (record.notes, record.params, record.status) == ("after", {"C": 1.0}, "finished")


def test_a_newer_format_is_named(folder: Path) -> None:
    file = the(folder, "jsonl")
    file.write_bytes(file.read_bytes().replace(b'"format":1', b'"format":2', 1))
    assert "has format 2" in read_everything(folder).damage[0]


@JUNK
@given(lines=st.binary(max_size=300), points=st.binary(max_size=300), where=st.integers(0, 600))
def test_random_bytes_never_raise(
    tmp_path_factory: pytest.TempPathFactory, lines: bytes, points: bytes, where: int
) -> None:
    folder = tmp_path_factory.mktemp("run")
    writer = RunWriter(folder)
    writer.event("run", id="x")
    writer.points({"a": 1.0, "b": 2.0}, 3)
    writer.event("end", status="finished", error=None)
    writer.close()
    for ending, junk in (("jsonl", lines), ("bin", points)):
        file = the(folder, ending)
        content = file.read_bytes()
        at = where % (len(content) + 1)
        file.write_bytes(content[:at] + junk + content[at + len(junk) // 2 :])
    read_everything(folder)
    (folder / "w-made-up.jsonl").write_bytes(lines)
    (folder / "w-made-up.bin").write_bytes(points)
    read_everything(folder)
    shutil.rmtree(folder)


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EVENTS = (
    "writer metrics run params tags notes facts signature dataset model artifact coverage cost end sealed"
)
FIELDS = (
    "values changed text signature name points status first names host pid format role parent launch".split()
)


@JUNK
@given(
    event=st.sampled_from(EVENTS.split()),
    time=st.floats() | st.integers(),
    fields=st.dictionaries(st.sampled_from(FIELDS), documents, max_size=4),
)
def test_events_of_any_content_never_raise(
    tmp_path_factory: pytest.TempPathFactory, event: str, time: float, fields: dict[str, object]
) -> None:
    import json

    folder = tmp_path_factory.mktemp("run")
    line = json.dumps({"event": event, "time": time, **fields}).encode()
    (folder / "w-a.jsonl").write_bytes(line + b"\n")
    (folder / "w-b.jsonl").write_bytes(line + b"\n")
    read_everything(folder)
    shutil.rmtree(folder)


def test_what_is_no_run_reads_as_empty(tmp_path: Path) -> None:
    assert read_run(tmp_path / "missing").writers == []
    assert read_all_series(tmp_path / "missing") == {}
    (tmp_path / "w-folder.jsonl").mkdir()
    (tmp_path / "other.txt").write_text("x")
    record = read_run(tmp_path)
    assert (
        record.header == {}
        and len(record.damage) == 1
        and "w-folder.jsonl cannot be read" in record.damage[0]
    )
    (tmp_path / "file").write_text("x")
    assert "cannot be read" in read_run(tmp_path / "file").damage[0]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_named(folder: Path) -> None:
    the(folder, "bin").chmod(0)
    assert "cannot be read" in read_run(folder).damage[0]


def test_the_store_names_what_is_damaged(store: Store, folder: Path) -> None:
    with the(folder, "jsonl").open("ab") as file:
        file.write(b'{"event":"no')
    (finding,) = store.health()
    assert finding.where == "runs/run1"
    assert "ends in the middle of a line" in finding.problem
    assert finding.remedy


@pytest.mark.parametrize("time", ["1e400", "-1e400", "NaN", "1e20", "-5", "9" * 400])
@pytest.mark.parametrize("event", ["run", "end"])
def test_a_time_that_is_none_is_unknown(event: str, time: str, tmp_path: Path) -> None:
    lines = {
        "run": '{"event":"run","time":1.5,"id":"aaaaaa111111","name":"r"}',
        "end": '{"event":"end","time":2.5,"status":"finished","error":null}',
    }
    lines[event] = re.sub(r'"time":[0-9.]+', f'"time":{time}', lines[event])
    run = Store(tmp_path / "store").run_folder("aaaaaa111111")
    run.mkdir(parents=True)
    (run / "w-host-1-2-0.jsonl").write_text("\n".join(lines.values()) + "\n")
    record = read_run(run)
    assert record.status == "finished" and record.header["name"] == "r"
    assert (record.started, record.ended) == ((None, 2.5) if event == "run" else (1.5, None))
    assert record.damage == [f"the time of an event {event!r} cannot be read"]
    for command in (["ls"], ["show", "aaaaaa"], ["show", "aaaaaa", "--json"], ["export"]):
        assert main([*command, "--store", str(tmp_path / "store")]) == 0
