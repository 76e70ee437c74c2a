"""Groups of runs: their keys, means and deviations, members, order, export."""

from __future__ import annotations

import csv
import json
import math
import statistics
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.reading import search_runs
from fitscribe.store import Store

from .conftest import Client


def test_groups_within_a_run(client: Client) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    choice = {"parent": search["id"], "by": "params.max_depth"}
    groups = client.get("groups", sort="params.max_depth desc", **choice)
    assert [(row["key"], row["runs"]) for row in groups["rows"]] == [([4], 2), ([2], 2)]
    assert client.get("runs", key="4", nest="0", **choice)["total"] == 2


@pytest.mark.parametrize("by", ["params.C", "tags.C"])
def test_groups_have_means_and_deviations(client: Client, trained_store: Store, by: str) -> None:
    found = client.get(
        "groups", by=by, filter="experiment = 'cancer'", column=["metrics.`test/accuracy`", "status"]
    )
    if by == "tags.C":
        assert [row["key"] for row in found["rows"]] == [[0.1], [1.0], [10.0]]
        assert found["matching"] == 6
    else:
        assert found["total"] == 1, "the parameter of a step is that of the step"
    for row in found["rows"]:
        runs = search_runs("experiment = 'cancer'", store=trained_store)
        values = [
            run.metrics["test/accuracy"]
            for run in runs
            if by != "tags.C" or float(run.tags["C"]) == row["key"][0]
        ]
        accuracy, status = row["cells"]
        assert accuracy["n"] == len(values) == row["runs"]
        assert accuracy["mean"] == pytest.approx(statistics.fmean(values))
        assert accuracy["std"] == pytest.approx(statistics.stdev(values))
        assert status == {"n": len(values), "distinct": 1, "values": ["finished"]}


def test_the_runs_of_a_group(client: Client) -> None:
    field = "params.logisticregression__C"
    groups = client.get("groups", by=[field, "experiment"], sort=f"{field} desc")
    assert [row["key"][0] for row in groups["rows"]][:3] == [10.0, 1.0, 0.1]
    for row in groups["rows"]:
        key = [json.dumps(each) for each in row["key"]]
        members = client.get("runs", by=[field, "experiment"], key=key, nest="0")
        assert members["total"] == row["runs"]


def test_groups_of_odd_numbers(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    for value in (1e308, 1.7e308, math.nan, math.inf):
        write_run(store, "huge", metrics={"m": value})
    write_run(store, "none")
    write_run(store, "odd", metrics={"m": math.inf})
    (huge, none, odd) = empty.get("groups", by="name", column="metrics.m")["rows"]
    assert huge["cells"][0] == {
        "n": 2,
        "not_finite": 2,
        "mean": pytest.approx(1.35e308),
        "std": pytest.approx(statistics.stdev([1.0, 1.7]) * 1e308),
        "min": 1e308,
        "max": 1.7e308,
    }
    assert none["cells"] == [None]
    assert odd["cells"] == [{"n": 0, "not_finite": 1, "mean": "nan", "std": None, "min": "nan", "max": "nan"}]
    exported = empty.answer("export", format="csv", by="name", column="metrics.m").content.decode()
    (row, *_) = csv.DictReader(exported.splitlines())
    assert (row["runs"], row["metrics.m n"], row["metrics.m not_finite"]) == ("4", "2", "2")
    rows = empty.get("runs", column="metrics.m", sort="metrics.m desc")["rows"]
    assert sorted(str(row["cells"][0]) for row in rows) == [
        "1.7e+308",
        "1e+308",
        "None",
        "inf",
        "inf",
        "nan",
    ]


def test_groups_are_exported(client: Client) -> None:
    asked = {"by": ["tags.C"], "filter": "experiment = 'cancer'", "sort": "tags.C desc"}
    columns = ["metrics.`test/accuracy`", "status"]
    exported = client.answer("export", format="csv", column=columns, **asked)
    assert exported.headers["content-disposition"] == 'attachment; filename="groups.csv"'
    rows = list(csv.DictReader(exported.content.decode().splitlines()))
    groups = client.get("groups", column=columns, **asked)["rows"]
    assert [row["tags.C"] for row in rows] == ["10.0", "1.0", "0.1"]
    for row, group in zip(rows, groups, strict=True):
        accuracy = group["cells"][0]
        assert row == {
            "tags.C": str(group["key"][0]),
            "runs": "2",
            **{
                f"{columns[0]} {part}": str(accuracy[part])
                for part in ("mean", "std", "min", "max", "n", "not_finite")
            },
            "status": "finished",
        }
    assert client.answer("export", format="json", column=columns, **asked).json[0]["key"] == {"tags.C": 10.0}
    assert client.error("export", format="latex", **asked)["status"] == 400


def test_groups_are_ordered_by_their_last_run(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    for name, started in (("a", 1e9), ("a", 1.5e9), ("b", 1.4e9), ("b", 1.3e9)):
        write_run(store, name, started=started)
    found = empty.get("groups", by="name", column="started", sort="started desc")["rows"]
    assert [row["key"] for row in found] == [["a"], ["b"]]
    assert found[0]["cells"][0]["max"] == 1.5e9
