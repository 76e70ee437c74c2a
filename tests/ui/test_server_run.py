"""The page of one run, its files, and runs beside each other."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.reading import search_runs
from fitscribe.store import Store
from fitscribe.ui import previews

from .conftest import Client


def page(client: Client, query: str) -> dict[str, Any]:
    (row,) = client.get("runs", filter=query, limit=1)["rows"][:1]
    found: dict[str, Any] = client.get(f"runs/{row['id']}")
    return found


def test_the_page_of_a_classifier(client: Client) -> None:
    found = page(client, "name = 'logistic 10'")
    assert found["headline"][0].startswith("test/")
    metrics = {each["name"]: each for each in found["metrics"]}
    accuracy = metrics["test/accuracy"]
    assert (accuracy["role"], accuracy["metric"], accuracy["direction"]) == ("test", "accuracy", "max")
    assert accuracy["best"] == accuracy["last"] > 0.9
    params = {each["name"]: each for each in found["params"]}
    assert params["logisticregression__C"]["value"] == {"text": "10.0", "type": "float", "number": 10.0}
    assert params["logisticregression__C"]["changed"] is True
    assert {each["role"] for each in found["datasets"]} >= {"train", "test"}
    kinds = {each["kind"]: each for each in found["artifacts"]}
    counts = kinds["confusion_matrix"]["data"]["counts"]
    assert sum(map(sum, counts)) == 143
    assert kinds["confusion_matrix"]["title"] == "Confusion matrix (test)"
    assert kinds["roc"]["data"]["curves"][0]["auc"] > 0.9
    assert {node["id"] for node in kinds["lineage"]["data"]["nodes"]}
    assert [step["name"] for step in kinds["structure"]["data"]["steps"]]
    assert found["signature"]["inputs"]
    assert found["environment"]["python"] and found["packages"]["scikit-learn"]
    assert found["source"]["path"].endswith("train.py")
    assert found["coverage"]["points"] and found["cost"]["cpu_s"] > 0
    assert found["tags"] == {"C": "10.0"} and found["tags_typed"]["C"]["type"] == "str"
    assert found["models"][0]["file"]
    assert found["error"] is None and found["ancestors"] == []


def test_early_stopping_and_its_reason(client: Client) -> None:
    stopping = page(client, "name = 'MLPClassifier'")["early_stopping"]
    assert stopping["watched"].startswith("valid/") and stopping["reason"]


def test_a_failed_run_shows_its_error(client: Client) -> None:
    found = page(client, "status = 'failed'")
    assert found["error"]["type"].endswith("Error") and "unheard of" in found["error"]["message"]
    assert "Traceback" in found["error"]["traceback"]


def test_a_search_and_its_candidates(client: Client) -> None:
    found = page(client, "name = 'GridSearchCV'")
    assert found["child_roles"] == {"candidate": 4}
    score = client.get("columns", filter=f"parent = '{found['id']}'")["suggested"][0]
    children = client.get(f"runs/{found['id']}/children", column=score, sort=score)
    assert all(row["cells"][0] > 0.5 for row in children["rows"])
    child = client.get(f"runs/{children['rows'][0]['id']}")
    assert child["ancestors"] == [{"id": found["id"], "name": "GridSearchCV"}]
    values = client.get("values", parent=found["id"], column=["params.max_depth", score])
    assert values["total"] == 4 and all(column["numeric"] for column in values["columns"])
    assert client.get("importance", metric=score, parent=found["id"])["runs"] == 4


def test_ids_may_be_short(client: Client) -> None:
    found = page(client, "name = 'by hand'")
    assert client.get(f"runs/{found['id'][:8]}")["id"] == found["id"]
    assert client.get("runs/latest")["id"]
    assert client.error("runs/zzzzzz")["status"] == 404


def test_previews_of_files(client: Client) -> None:
    found = page(client, "name = 'by hand'")
    previews = {}
    for each in found["artifacts"]:
        previews[each["name"]] = client.send("GET", each["preview"]).json
    assert previews["table.csv"] == {
        "kind": "table",
        "columns": ["x", "y"],
        "rows": [["1", "a"], ["2", "b"]],
        "more": False,
        "total": 2,
        "wide": 2,
    }
    assert previews["note.txt"] == {"kind": "text", "text": "hello", "more": False}
    assert json.loads(previews["settings.json"]["text"]) == {"a": [1, 2]}
    image = previews["curve.png"]
    shown = client.send("GET", image["file"])
    assert shown.headers["content-type"] == "image/png" and shown.content.startswith(b"\x89PNG")
    assert shown.headers["content-disposition"].startswith("inline")


def test_files_are_downloads(client: Client) -> None:
    found = page(client, "name = 'by hand'")
    for each in found["artifacts"]:
        answer = client.send("GET", each["file"])
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert len(answer.content) == each["size"]


def test_runs_beside_each_other(client: Client) -> None:
    runs = [
        page(client, f"name = 'logistic {C}' and params.logisticregression__random_state = 0")
        for C in (0.1, 10)
    ]
    ids = [run["id"] for run in runs]
    found = client.get("compare", run=ids)
    assert [row["id"] for row in found["runs"]] == ids
    sections = {section["name"]: section["rows"] for section in found["sections"]}
    params = {row["name"]: row for row in sections["params"]}
    assert [each["text"] for each in params["logisticregression__C"]["values"]] == ["0.1", "10.0"]
    assert params["logisticregression__C"]["change"] == 9.9
    assert sections["environment"] == [] and sections["packages"] == []
    assert {"roc", "confusion_matrix"} <= {each["kind"] for each in found["records"]}
    code = client.get("compare/code", run=ids)
    assert code["same"] and code["between"] is None


def test_series_that_runs_share(client: Client) -> None:
    runs = [page(client, f"name = '{name}'") for name in ("MLPClassifier", "by hand")]
    found = client.get("compare", run=[run["id"] for run in runs])
    assert found["series"][0]["name"] == "train/loss"
    assert sorted(found["series"][0]["runs"]) == sorted(run["id"] for run in runs)


def test_exports(client: Client, trained_store: Store) -> None:
    table = client.answer("export", format="csv", filter="experiment = 'cancer'")
    assert table.headers["content-disposition"] == 'attachment; filename="runs.csv"'
    assert len(list(csv.DictReader(io.StringIO(table.content.decode())))) == 6
    chosen = client.answer("export", format="csv", column=["name", "params.C"], sort="name")
    assert chosen.content.decode().splitlines()[0] == "id,name,params.C"
    document = client.answer("export", format="json").json
    assert len(document) == len(search_runs(store=trained_store))
    latex = client.answer("export", format="latex", filter="experiment = 'cancer'").content.decode()
    assert latex.startswith("\\begin{tabular}") and "test/accuracy" in latex


def launch(store: Store, name: str, *, diff: str = "", code: str = "", commit: str = "abc") -> str:
    folder = store.launch_folder(name)
    folder.mkdir(parents=True)
    git = {"commit": commit, "branch": "main", "dirty": True}
    source = {"kind": "script", "path": "train.py", "git": git}
    (folder / "launch.json").write_text(json.dumps({"source": source}))
    for file, text in (("source.diff", diff), ("script.txt", code)):
        if text:
            (folder / file).write_text(text)
    return name


def test_the_code_of_two_runs(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    notes = "# untracked: data.csv\n# the diff is longer than 1 byte\n"
    diff = "diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -3,2 +3,2 @@\n-C = 0\n+C = {C}\n same\n"
    first = write_run(store, launch=launch(store, "one", diff=notes + diff.format(C=1)))
    second = write_run(store, launch=launch(store, "two", diff=diff.format(C=2)))
    shown = empty.get(f"runs/{first}/diff")
    assert shown["diff"] == diff.format(C=1) and shown["cut"] and shown["notes"][0] == "untracked: data.csv"
    found = empty.get("compare/code", run=[first, second])
    assert not found["same"] and found["between"] == (
        "--- a/t.py\n+++ b/t.py\n@@ -3,2 +3,2 @@\n-C = 1\n+C = 2\n same\n"
    )
    assert "only the beginning" in found["remark"]
    assert [each["commit"] for each in found["runs"]] == ["abc", "abc"]
    page = empty.get(f"runs/{first}")
    assert page["source"]["diff_size"] > 0 and "diff" not in page["source"]
    long = write_run(store, launch=launch(store, "long", code="x = 1\n" * 5000))
    refused = empty.get("compare/code", run=[first, long])
    assert refused["between"] is None and "3,000 lines" in refused["remark"]
    assert empty.get(f"runs/{long}/diff")["code"].startswith("x = 1")


def test_code_of_which_nothing_is_known_is_not_the_same(empty: Client, own_store: Path) -> None:
    found = empty.get("compare/code", run=[write_run(Store(own_store)), write_run(Store(own_store))])
    assert not found["same"] and "Nothing is known" in found["remark"]


def test_what_two_commits_have_between_them_is_said_to_be_unknown(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    diff = "--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n-a\n+{}\n"
    runs = [
        write_run(store, launch=launch(store, name, diff=diff.format(name), commit=name * 20))
        for name in ("aa", "bb")
    ]
    found = empty.get("compare/code", run=runs)
    assert found["between"] is None and "The commits differ" in found["remark"]
    scripts = [write_run(store, launch=launch(store, f"s{name}", code=f"x = {name}\n")) for name in (1, 2)]
    found = empty.get("compare/code", run=scripts)
    assert found["between"] == "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    assert found["remark"] == ""


def test_many_runs_beside_each_other(empty: Client, own_store: Path) -> None:
    runs = [write_run(Store(own_store), params={"p": number}) for number in range(150)]
    found = empty.get("compare", run=runs)
    assert [row["id"] for row in found["runs"]] == runs
    (params,) = [section for section in found["sections"] if section["name"] == "params"]
    assert [each["number"] for each in params["rows"][0]["values"]] == list(range(150))
    assert empty.error("compare", run=[*runs, "x0"])["status"] == 404
    refused = empty.error("compare", run=[*runs, *(f"x{number}" for number in range(100))])
    assert refused["status"] == 400 and "not 250" in refused["message"]


def test_how_large_a_table_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "rows.csv"
    file.write_text("a,b\n" + "1,2,3\n" * 250)
    found = previews.preview(file, "run", {"name": "rows.csv"})
    assert (len(found["rows"]), found["total"], found["wide"], found["more"]) == (200, 250, 3, True)
    file.write_text("a,b\n" + "1,2\n" * 250 + '"' + "x" * 200_000)
    assert previews.preview(file, "run", {"name": "rows.csv"})["total"] is None
    monkeypatch.setattr(previews, "_LARGEST_TABLE", 10)
    file.write_text("a,b\n" + "1,2\n" * 10)
    found = previews.preview(file, "run", {"name": "rows.csv"})
    assert (len(found["rows"]), found["total"]) == (10, None)


def test_how_trainings_ended_is_compared_without_what_nobody_knows(empty: Client, own_store: Path) -> None:
    ended = [{"watched": None, "last_iteration": last, "patience": None} for last in (10, 20)]
    facts = [{"values": {"early_stopping": each, "best_params_": {"p": None, "q": 1}}} for each in ended]
    facts[1]["values"]["best_params_"] = {"p": 1, "q": 1}
    runs = [write_run(Store(own_store), events=[("facts", each)]) for each in facts]
    (section,) = [each for each in empty.get("compare", run=runs)["sections"] if each["name"] == "facts"]
    shown = {row["name"]: [value["text"] for value in row["values"]] for row in section["rows"]}
    assert shown["early_stopping"] == ["{last_iteration: 10}", "{last_iteration: 20}"]
    assert "None" in shown["best_params_"][0]
