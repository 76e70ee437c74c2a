"""Runs as a table: filters, orders, windows, nesting, groups."""

from __future__ import annotations

import csv
import json
import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reading.conftest import write_run

from fitscribe.reading import search_runs
from fitscribe.store import Store
from fitscribe.ui.completing import place_after

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


def test_groups_within_a_run(client: Client) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    choice = {"parent": search["id"], "by": "params.max_depth"}
    groups = client.get("groups", sort="params.max_depth desc", **choice)
    assert [(row["key"], row["runs"]) for row in groups["rows"]] == [([4], 2), ([2], 2)]
    assert client.get("runs", key="4", nest="0", **choice)["total"] == 2


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


def test_columns_of_parameters_tags_and_environment(client: Client) -> None:
    found = client.get("columns")
    known = {each["field"]: each for each in found["columns"]}
    assert known["params.logisticregression__C"]["numeric"]
    assert known["tags.C"]["runs"] == 6
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


@pytest.mark.parametrize(
    ("text", "expects", "there"),
    [
        ("", "field", "params.logisticregression__C"),
        ("par", "field", "params.logisticregression__C"),
        ("metrics.acc", "field", "metrics.test/accuracy"),
        ("metrics.test/accuracy.", "field", "metrics.test/accuracy.best"),
        ("status ", "operator", "="),
        ("status = ", "value", "'finished'"),
        ("status = 'fin", "value", "'finished'"),
        ("experiment in (", "value", "'cancer'"),
        ("tags.C = ", "value", "10.0"),
        ("tags.C = 1 ", "connective", "and"),
        ("tags.C is not null ", "connective", "or"),
        ("(tags.C = 1 and ", "field", "tags.C"),
        ("not ", "field", "name"),
        ("name not ", "operator", "like"),
        ("started > ", "value", "1 d ago"),
        ("started > 1 d ago ", "connective", "and"),
        ("status = 'finished' ", "connective", "and"),
        ('status = "finished" ', "connective", "or"),
        ("status = 'finished' and metrics.test/acc", "field", "metrics.test/accuracy"),
        ("name = \"a\" and name ~ 'b`' and metrics.test/acc", "field", "metrics.test/accuracy"),
        ("tags.`who asked` = 'ann' and exp", "field", "experiment"),
        ("experiment in ('notes', 'can", "value", "'cancer'"),
        ("name in ('a', 'it''s') and tag", "field", "tags.C"),
    ],
)
def test_completion(client: Client, text: str, expects: str, there: str) -> None:
    found = client.get("complete", text=text, cursor=len(text))
    assert found["expects"] == expects
    assert there in [item["text"] for item in found["items"]]
    begun = text[found["start"] :]
    assert found["end"] == len(text) and begun == begun.lstrip(), "what is begun is replaced, and no more"
    if expects == "connective":
        assert begun == "", "a value that is whole stays as it is"


def test_a_text_is_whole_once_something_stands_behind_its_quote(client: Client) -> None:
    text = "status = 'finished'"
    found = client.get("complete", text=text, cursor=len(text))
    assert (text[found["start"] : found["end"]], found["items"]) == (
        "'finished'",
        [{"text": "'finished'", "detail": ""}],
    )
    doubled = "name = 'it''s"
    assert doubled[client.get("complete", text=doubled, cursor=len(doubled))["start"] :] == "'it''s"


def test_what_was_completed_is_a_filter(client: Client) -> None:
    text = ""
    for pick in ("tags.C", "=", "10.0", "and", "experiment", "like", "'cancer'"):
        found = client.get("complete", text=text, cursor=len(text))
        assert pick in [item["text"] for item in found["items"]], text
        text = f"{text[: found['start']]}{pick} "
    assert client.get("check", filter=text) == {"runs": 2}


def test_the_whole_word_around_the_cursor_is_replaced(client: Client) -> None:
    text = "🌲 tags.CC = 1"
    cursor = len("🌲 ta".encode("utf-16-le")) // 2
    found = client.get("complete", text=text, cursor=cursor)
    units = text.encode("utf-16-le")
    assert units[2 * found["start"] : 2 * found["end"]].decode("utf-16-le") == "tags.CC"
    assert client.error("complete", text="a" * 20_000)["kind"] == "bad_request"


WORDS = (
    "params.C metrics.`a tags . `x` name = != in ( ) , 'a' \"b 1 5 min 2 d ago is not null and or like ~"
).split()


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.text(max_size=5))
def test_any_beginning_of_a_filter_expects_something(words: list[str], rest: str) -> None:
    place = place_after(" ".join(words) + rest)
    assert place.expects in ("field", "operator", "value", "connective")
