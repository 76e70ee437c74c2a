"""What differs between runs, and runs as data for other programs."""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from fitscribe.reading import compare, export, get_run, search_runs
from fitscribe.store import Store

from .conftest import MakeRun


def launch(store: Store, name: str, **changes: Any) -> str:
    folder = store.launch_folder(name)
    folder.mkdir(parents=True)
    source = {"kind": "script", "argv": ["train.py"], "git": {"commit": "abc", "dirty": False}}
    source.update(changes.get("source", {}))
    variables = {"OMP_NUM_THREADS": "1", "FITSCRIBE_LAUNCH": name}
    document = {"id": name, "started": 5.0, "host": "gpu3", "source": source, "variables": variables}
    (folder / "launch.json").write_text(json.dumps(document))
    environment = {
        "python": "3.11",
        "cpu": {"count": 2},
        "distributions": {"numpy": "2.0", "fitscribe": "0.1"},
    }
    (folder / "environment.json").write_text(json.dumps({**environment, **changes.get("environment", {})}))
    if "diff" in changes:
        (folder / "source.diff").write_text(changes["diff"])
    return name


def dataset(**changes: Any) -> tuple[str, dict[str, Any]]:
    description = {
        "shape": [10, 2],
        "fingerprint": "f1",
        "columns": ["a", "b"],
        "dtypes": {"a": "int", "b": "str"},
    }
    return "dataset", {"role": "train", "description": {**description, **changes}}


def test_runs_that_differ_in_time_only_do_not_differ(store: Store, make_run: MakeRun) -> None:
    common: dict[str, Any] = {
        "params": {"depth": 3, "gamma": math.nan, "sizes": {1, 2}},
        "tags": {"stage": "dev"},
        "framework": "sklearn",
    }
    runs = [
        get_run(
            make_run(
                launch=launch(store, f"launch{n}"),
                metrics={"loss": [math.nan], "acc": [0.5], "system/cpu": [n / 10]},
                started=1000.0 + n,
                duration=n,
                site=f"train.py:{n}",
                events=[dataset(), ("facts", {"values": {"n": 1}}), ("cost", {"cpu_s": n})],
                **common,
            )
        )
        for n in range(3)
    ]
    comparison = compare(runs)
    assert not comparison
    document = comparison.to_dict()
    assert document.pop("runs") == [run.id for run in runs]
    assert not any(document.values()) and list(document) == list(comparison.sections())


def test_only_what_differs_is_shown(store: Store, make_run: MakeRun) -> None:
    first = make_run(
        "Ridge",
        launch=launch(store, "one", diff="+ a\n"),
        params={"alpha": 1, "same": 1, "text": "1", "sizes": (1, 2), "first": None},
        metrics={"loss": 0.5, "same": 1.0},
        tags={"stage": "dev"},
        events=[
            dataset(),
            ("facts", {"values": {"n_iter_": 3, "same": 1}}),
            ("signature", {"signature": {"inputs": [{"name": "a"}], "outputs": "int"}}),
        ],
    )
    changes = {"argv": ["train.py", "-v"], "git": {"commit": "def", "dirty": False}}
    second = make_run(
        "Lasso",
        launch=launch(
            store,
            "two",
            source=changes,
            environment={"python": "3.12", "distributions": {"numpy": "2.1", "fitscribe": "0.1"}},
        ),
        params={"alpha": 2, "same": 1.0, "text": 1, "sizes": (1, 3)},
        metrics={"loss": 0.25, "same": 1.0, "extra": math.inf},
        events=[
            dataset(fingerprint="f2", dtypes={"a": "int", "b": "float"}),
            ("facts", {"values": {"n_iter_": 4, "same": 1}}),
            ("signature", {"signature": {"inputs": [{"name": "b"}], "outputs": "int"}}),
        ],
    )
    comparison = compare([get_run(first), get_run(second)])
    assert comparison
    both = comparison.to_dict()
    assert both.pop("runs") == [first, second]
    assert both == {
        "run": {"name": {first: "Ridge", second: "Lasso"}},
        "params": {
            "alpha": {first: 1, second: 2},
            "text": {first: "1", second: 1},
            "sizes": {first: [1, 2], second: [1, 3]},
            "first": {first: None},
        },
        "metrics": {"loss": {first: 0.5, second: 0.25}, "extra": {second: "inf"}},
        "tags": {"stage": {first: "dev"}},
        "facts": {"n_iter_": {first: 3, second: 4}},
        "datasets": {
            "train.fingerprint": {first: "f1", second: "f2"},
            "train.dtypes.b": {first: "str", second: "float"},
        },
        "signature": {"inputs": {first: [{"name": "a"}], second: [{"name": "b"}]}},
        "environment": {"python": {first: "3.11", second: "3.12"}},
        "packages": {"numpy": {first: "2.0", second: "2.1"}},
        "source": {
            "argv": {first: ["train.py"], second: ["train.py", "-v"]},
            "git.commit": {first: "abc", second: "def"},
            "diff": {first: "+ a\n"},
        },
    }
    assert comparison.params["sizes"] == {first: (1, 2), second: (1, 3)}
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_a_group_of_one_compares_as_its_training(make_run: MakeRun) -> None:
    group = make_run("same", role="group")
    make_run("Ridge", parent=group, params={"alpha": 1}, events=[dataset()])
    alone = make_run("same", params={"alpha": 1}, events=[dataset()])
    assert not compare([get_run(group), get_run(alone)])


def test_several_datasets_of_a_role_are_numbered(make_run: MakeRun) -> None:
    first = make_run(events=[dataset(), dataset(shape=[5, 2])])
    second = make_run(events=[dataset()])
    assert "train 2.shape" in compare([get_run(first), get_run(second)]).datasets


def test_comparing_takes_two_runs(make_run: MakeRun) -> None:
    run = get_run(make_run())
    for runs in ([], [run], [run, run]):
        with pytest.raises(ValueError, match="two different runs"):
            compare(runs)


def test_values_nested_too_deeply_are_compared(store: Store, make_run: MakeRun) -> None:
    folder = store.run_folder("deep")
    folder.mkdir(parents=True)
    deep = "[" * 900 + "]" * 900
    (folder / "w-x.jsonl").write_text('{"event": "params", "time": 2, "values": {"deep": ' + deep + "}}\n")
    assert compare([get_run("deep"), get_run(make_run())])
    assert export([get_run("deep")], "csv")


def test_json_holds_everything_and_is_strict(store: Store, make_run: MakeRun) -> None:
    numpy = pytest.importorskip("numpy")
    values = {
        "tuple": (1, 2),
        "nan": math.nan,
        "day": datetime.date(2026, 1, 2),
        "path": Path("a/b"),
        "scalar": numpy.float32(0.5),
        "whole": numpy.int64(3),
        "time": numpy.datetime64("2026-01-02"),
        "huge": 10**5000,
        "set": {2, 1},
        "bytes": b"x",
        "nested": {"a": [math.inf]},
        "other": object,
    }
    run_id = make_run(
        params=values,
        metrics={"loss": [2.0, math.nan]},
        launch=launch(store, "one", diff="+ a\n"),
    )
    (document,) = export(search_runs(), "json", series=True)
    document = json.loads(json.dumps(document, allow_nan=False))
    assert document["id"] == run_id and document["status"] == "finished"
    params = document["params"]
    assert params.pop("huge").startswith("0x") and params.pop("other") == "<class 'object'>"
    assert params == {
        "tuple": [1, 2],
        "nan": "nan",
        "day": "2026-01-02",
        "path": "a/b",
        "scalar": 0.5,
        "whole": 3,
        "time": "2026-01-02",
        "set": [1, 2],
        "bytes": "b'x'",
        "nested": {"a": ["inf"]},
    }
    assert document["metrics"] == {"loss": "nan"}
    assert document["summaries"] == {"loss": {"min": 2.0, "max": 2.0, "count": 2, "last_step": 1}}
    assert document["series"]["loss"]["values"] == [2.0, "nan"]
    assert document["series"]["loss"]["steps"] == [0, 1]
    assert document["environment"]["python"] == "3.11"
    assert document["source"]["diff"] == "launches/one/source.diff"
    assert "series" not in export(search_runs(), "json")[0]


def test_csv_has_one_row_per_run(make_run: MakeRun) -> None:
    first = make_run("a, b", params={"x": 1, "n": None, "t": 'say "hi"'}, metrics={"m": 0.1}, started=1000.0)
    second = make_run("ü\nz", params={"x": (1, 2)}, tags={"k": True}, metrics={"m": math.nan})
    rows = list(csv.DictReader(io.StringIO(export(search_runs(order_by="started"), "csv"))))
    assert [row["id"] for row in rows] == [first, second]
    assert list(rows[0]) == [
        *["id", "name", "experiment", "status", "started", "duration", "framework", "parent"],
        *["params.x", "params.n", "params.t", "metrics.m", "tags.k"],
    ]
    assert (rows[0]["name"], rows[1]["name"]) == ("a, b", "ü\nz")
    assert rows[0]["started"] == "1970-01-01T00:16:40.000+00:00"
    assert (rows[0]["params.x"], rows[0]["params.n"], rows[0]["params.t"]) == ("1", "None", 'say "hi"')
    assert (rows[1]["params.x"], rows[1]["params.n"], rows[1]["tags.k"]) == ("(1, 2)", "", "True")
    assert (rows[0]["metrics.m"], rows[1]["metrics.m"]) == ("0.1", "nan")
    assert export([], "csv").strip() == ",".join(list(rows[0])[:8])


def test_another_format_is_named(make_run: MakeRun) -> None:
    with pytest.raises(ValueError, match="'json' or 'csv', not 'xml'"):
        export([], "xml")  # type: ignore[call-overload]


def test_texts_that_are_no_utf_8_are_written_out(make_run: MakeRun) -> None:
    # What Python makes of the name of a file that is not UTF-8.
    name = os.fsdecode(b"caf\xe9.csv")
    make_run("odd", params={"path": name, name: 1}, tags={"file": name})
    runs = search_runs()
    assert runs[0].params["path"] == name
    written = r"caf\udce9.csv"
    (row,) = csv.DictReader(io.StringIO(export(runs, "csv").encode().decode()))
    assert row["params.path"] == row["tags.file"] == written and row[f"params.{written}"] == "1"
    (document,) = json.loads(json.dumps(export(runs, "json"), ensure_ascii=False).encode())
    assert document["params"] == {"path": written, written: 1}
    pytest.importorskip("pandas")
    frame = runs.to_pandas()
    assert frame["params.path"].tolist() == [written] and frame[f"params.{written}"].tolist() == [1]
