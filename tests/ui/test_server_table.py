"""Runs as a table: filters, orders, windows, nesting, columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

import fitscribe
from fitscribe.reading import search_runs
from fitscribe.store import Store

from .conftest import Client


def names(answer: dict[str, Any]) -> list[str]:
    return [row["name"] for row in answer["rows"]]


def test_a_row_says_what_the_run_is(client: Client) -> None:
    (row,) = client.get("runs", filter="name = 'by hand'", column=["metrics.train/loss", "notes"])["rows"]
    assert row["cells"] == [pytest.approx(0.02), "what was tried"]
    assert (row["experiment"], row["status"], row["star"], row["parent"]) == (
        "notes",
        "finished",
        False,
        None,
    )
    assert row["id"].startswith(row["short"]) and len(row["short"]) >= 6
    assert 0 <= row["duration"] < 60


def test_filters_and_orders_are_those_of_search_runs(client: Client, trained_store: Store) -> None:
    for query, order in (
        ("params.C > 0.5", "params.C desc, name"),
        ("status = 'failed' or experiment = 'notes'", ""),
        ("metrics.`test/accuracy`.best > 0.9", "metrics.`test/accuracy` asc"),
    ):
        expected = [run.id for run in search_runs(query, order_by=order or None, store=trained_store)]
        found = client.get("runs", filter=query, sort=order, nest="0")
        assert expected and [row["id"] for row in found["rows"]] == expected
        assert found["total"] == found["matching"] == len(expected)


def test_children_are_folded_under_a_parent_that_matches(client: Client) -> None:
    top = client.get("runs", filter="")
    (search,) = [row for row in top["rows"] if row["name"] == "GridSearchCV"]
    assert search["children"] == 4
    assert not any(row["role"] == "candidate" for row in top["rows"])
    children = client.get("runs", parent=search["id"], column="params.max_depth")
    assert [row["parent"] for row in children["rows"]] == [search["id"]] * 4
    assert {row["cells"][0] for row in children["rows"]} == {2, 4}
    assert {row["kept_in"] for row in children["rows"]} == {search["id"]}
    shown = {"filter": "name = 'GridSearchCV'"}
    assert client.get("runs", **shown)["rows"][0]["children"] == 4, "all of them, where none matches"
    unfolded = {"parent": search["id"], "unfold": "1"}
    assert client.get("runs", **unfolded, **shown)["total"] == 4
    some = {"filter": "name = 'GridSearchCV' or params.max_depth = 2"}
    assert client.get("runs", **some)["rows"][0]["children"] == 2
    assert client.get("runs", **unfolded, **some)["total"] == 2
    alone = client.get("runs", filter="params.max_depth = 2 and parent is not null")
    assert len(alone["rows"]) == 2, "their parent does not match, so they stand for themselves"


def test_a_filter_within_a_run(client: Client) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    within = client.get("runs", parent=search["id"])
    assert within["total"] == within["matching"] == 4
    for query, count in (("params.max_depth = 2", 2), ("params.max_depth = 99", 0)):
        choice = {"parent": search["id"], "filter": query}
        found = client.get("runs", **choice)
        assert found["total"] == found["matching"] == client.get("check", filter=query)["runs"] == count
        assert client.get("values", **choice)["total"] == count
        assert client.get("groups", by="status", **choice)["matching"] == count
        exported = client.answer("export", format="csv", column="name", **choice)
        assert exported.content.count(b"\n") == 1 + count


def test_windows_show_all_of_the_runs(client: Client) -> None:
    whole = [row["id"] for row in client.get("runs", limit=1000)["rows"]]
    parts = [client.get("runs", offset=at, limit=3)["rows"] for at in range(0, len(whole), 3)]
    assert [row["id"] for part in parts for row in part] == whole
    beyond = client.get("runs", offset=10_000)
    assert (beyond["rows"], beyond["total"]) == ([], len(whole))


def test_a_wrong_filter_is_shown_its_place(client: Client) -> None:
    text = "name = '🌲' and metric.loss > 1"
    error = client.error("runs", filter=text)
    assert (error["status"], error["kind"], error["where"]) == (400, "filter", "filter")
    units = text.encode("utf-16-le")
    assert units[2 * error["position"] : 2 * error["end"]].decode("utf-16-le") == "metric.loss"
    assert "metrics.loss" in error["message"]
    assert client.error("runs", sort="params.")["where"] == "sort"
    assert client.error("runs", column="nothing.x")["where"] == "column"
    assert client.error("runs", limit="many")["kind"] == "bad_request"


def test_what_is_asked_for_wrongly_is_no_error_of_the_server(client: Client) -> None:
    for path, parameters in (
        ("groups", {}),
        ("runs", {"by": "params.C", "key": "{"}),
        ("runs", {"by": "params.C"}),
        ("runs", {"nest": "maybe"}),
        ("runs", {"offset": -1}),
        ("groups", {"by": "name", "limit": -1}),
        ("trash", {"offset": -1}),
        ("importance", {}),
        ("series", {"run": "../..", "name": "x", "x": "colour"}),
        ("compare", {"run": "nobody"}),
        ("export", {"format": "docx"}),
        ("nowhere", {}),
    ):
        assert 400 <= client.error(path, **parameters)["status"] < 500, path


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "DELETE", "PUT", "ODD"])
@pytest.mark.parametrize("path", ["/api/runs", "/api/trash", "/api/nowhere"])
def test_other_methods_are_refused_in_json(empty: Client, method: str, path: str) -> None:
    answer = empty.send(method, path, {})
    assert answer.status in (404, 405) and answer.headers["content-type"] == "application/json"
    assert answer.json["error"]["message"]


def test_a_training_that_goes_on_has_a_number(empty: Client, own_store: Path) -> None:
    scores = {f"test/score {number}": 0.5 for number in range(5)}
    for _ in range(3):
        write_run(Store(own_store), metrics=scores)
    with fitscribe.start_run():
        fitscribe.log_metric("train/loss", 0.5)
        fitscribe.log_metric("train/error", 0.5)
        suggested = empty.get("columns")["suggested"]
        assert suggested == [f"metrics.`test/score {number}`" for number in range(4)] + ["metrics.train/loss"]


def test_columns_of_parameters_tags_and_environment(client: Client) -> None:
    found = client.get("columns")
    known = {each["field"]: each for each in found["columns"]}
    assert known["params.logisticregression__C"]["numeric"]
    assert known["tags.C"]["runs"] == 6
    assert known["notes"]["runs"] == 1 and known["name"]["runs"] > 1
    suggested = client.get("columns", filter="experiment = 'cancer'")["suggested"]
    assert suggested[0] == "metrics.test/accuracy" and "params.logisticregression__C" in suggested
    assert {each["table"] for each in found["columns"]} == {"run", "params", "metrics", "tags", "environment"}
    (row, *_) = client.get("runs", column=["environment.python", "environment.packages.scikit-learn"])["rows"]
    assert row["cells"][0].count(".") == 2 and row["cells"][1]
    ordered = client.get("runs", sort="environment.python desc", column="environment.python")
    assert ordered["total"] == client.get("runs")["total"]
    assert client.get("groups", by="environment.python")["total"] == 1


def test_environments_sort_with_other_fields(client: Client) -> None:
    field = "environment.python"
    for before, after in (("", "name desc"), ("experiment desc, ", "name"), ("name, ", "started asc")):
        plain = client.get("runs", sort=f"{before}{after}", nest="0")
        found = client.get("runs", sort=f"{before}{field} desc, {after}", nest="0")
        assert [row["id"] for row in found["rows"]] == [row["id"] for row in plain["rows"]], (
            "all have the same"
        )
    assert client.error("runs", sort=f"{field}, nothing.x")["where"] == "sort"
    assert client.error("runs", sort=f"nothing.x, {field}")["where"] == "sort"


def test_environments_come_before_what_stands_behind_them(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    for number, (launch, name) in enumerate([("one", "b"), ("two", "a"), ("one", "a"), (None, "a")]):
        write_run(store, f"{name}{number}", launch=launch)
    for launch, python in (("one", "3.9.1"), ("two", "3.12.0")):
        folder = store.launch_folder(launch)
        folder.mkdir(parents=True)
        (folder / "environment.json").write_text(json.dumps({"python": python}))
    assert names(empty.get("runs", sort="environment.python desc, name")) == ["a2", "b0", "a1", "a3"]
    assert names(empty.get("runs", sort="environment.python, name desc")) == ["a1", "b0", "a2", "a3"]


def test_large_integers_are_as_they_were_written(empty: Client, own_store: Any) -> None:
    numbers = {"seed": 12345678901234567890123, "negative": -(10**30), "huge": 10**400, "exact": 2**53 + 1}
    write_run(Store(own_store), params=numbers, tags={"seed": 10**25})
    fields = [f"params.{name}" for name in numbers]
    (row,) = empty.get("runs", column=fields)["rows"]
    assert row["cells"] == [str(number)[:200] for number in numbers.values()]
    assert row["tags"] == {"seed": str(10**25)}
    page = {each["name"]: each["value"]["text"] for each in empty.get(f"runs/{row['id']}")["params"]}
    assert page == {name: str(number) for name, number in numbers.items()}
    assert empty.get("groups", by="params.seed")["rows"][0]["key"] == [str(numbers["seed"])]
    assert empty.get("runs", filter="params.seed = 12345678901234567890123")["total"] == 1


def test_values_of_many_runs(client: Client) -> None:
    found = client.get("values", column=["params.max_depth", "name"])
    assert found["total"] == len(found["ids"]) == len(found["columns"][0]["values"])
    assert [column["numeric"] for column in found["columns"]] == [True, False]


def test_a_choice_of_many_runs_is_asked_for_in_a_body(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    runs = [write_run(store, params={"a": number % 3}, metrics={"m": number}) for number in range(12)]
    many = [*runs[:8], *(f"nobody{number}" for number in range(9000))]
    for path, more in (("values", {"column": ["params.a"]}), ("importance", {"metric": "metrics.m"})):
        found = empty.send("POST", f"/api/{path}", {"run": many, **more})
        assert found.json == empty.get(path, run=runs[:8], **more), path
    assert empty.send("POST", "/api/columns", {"run": many}).json == empty.get("columns", run=runs[:8])
    assert empty.send("POST", "/api/values", {"run": [1]}).status == 400
    assert empty.send("POST", "/api/values", {"filter": "name ="}).json["error"]["kind"] == "filter"


def test_importance_finds_what_matters(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    for number in range(40):
        score = (number % 4) + 0.01 * (number % 3)
        write_run(
            store,
            params={"matters": number % 4, "does_not": number % 5, "word": "ab"[number % 4 > 1], "same": 1},
            metrics={"score": score},
        )
    found = empty.get("importance", metric="metrics.score")
    rows = {row["field"]: row for row in found["rows"]}
    assert found["runs"] == 40 and next(iter(rows)) == "params.matters"
    assert rows["params.matters"]["importance"] > 0.9
    assert rows["params.matters"]["correlation"] > 0.9
    assert rows["params.does_not"]["importance"] < 0.1
    assert 0.5 < rows["params.word"]["importance"] < 0.95 and rows["params.word"]["correlation"] is None
    assert "params.same" not in rows


def test_an_empty_store(empty: Client) -> None:
    assert empty.get("store")["runs"] == 0
    assert empty.get("runs")["rows"] == []
    assert empty.get("columns")["suggested"] == []
    assert empty.get("groups", by="params.C")["rows"] == []
    assert empty.get("trash")["rows"] == []
    assert empty.error("runs/latest")["status"] == 404


def test_runs_that_lie_in_each_other_are_all_there(empty: Client, own_store: Any) -> None:
    store = Store(own_store)
    for run, parent in (("one", "other"), ("other", "one"), ("self", "self")):
        write_run(store, run, run_id=run, parent=parent)
    assert sorted(names(empty.get("runs"))) == ["one", "other", "self"]
