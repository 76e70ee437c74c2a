"""What the page changes, and what it hears of."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tests.reading.conftest import write_run

from fitscribe.reading import get_run
from fitscribe.store import RunWriter, Store

from .conftest import Client


def row_of(client: Client, run: str) -> dict[str, Any]:
    (row,) = client.get("runs", run=run)["rows"]
    found: dict[str, Any] = row
    return found


def test_tags_notes_and_stars(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    run = write_run(store, tags={"old": 1})
    changes = {"tags": {"stage": "prod", "old": None, "rank": 2}, "notes": "good\none", "star": True}
    row = empty.send("PATCH", f"/api/runs/{run}", changes).json
    assert (row["tags"], row["notes"], row["star"]) == ({"stage": "prod", "rank": "2"}, "good\none", True)
    found = get_run(run, store=store)
    assert found.tags == {"stage": "prod", "rank": 2, "starred": True} and found.notes == "good\none"
    assert empty.get("runs", filter="tags.starred = true and tags.stage = 'prod'")["total"] == 1
    assert not empty.send("PATCH", f"/api/runs/{run}", {"star": False}).json["star"]
    assert get_run(run, store=store).tags == {"stage": "prod", "rank": 2}
    assert get_run(run, store=store).damage == []


def test_a_candidate_of_a_search_is_tagged_in_the_files_of_the_search(
    client: Client, trained_store: Store
) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    child = client.get("runs", parent=search["id"])["rows"][0]
    row = client.send("PATCH", f"/api/runs/{child['id']}", {"tags": {"pick": "this"}}).json
    assert row["tags"] == {"pick": "this"}
    assert get_run(child["id"], store=trained_store).tags == {"pick": "this"}
    assert not trained_store.run_folder(child["id"]).exists()


def test_changes_of_another_form_are_refused(empty: Client, own_store: Path) -> None:
    run = write_run(Store(own_store))
    for body in (
        {"status": "finished"},
        {"tags": ["a"]},
        {"tags": {"": 1}},
        {"tags": {"a": {"b": 1}}},
        {"tags": {"a" * 201: 1}},
        {"tags": {"a": "b" * 20_000}},
        {"notes": 1},
        {"star": "yes"},
        ["tags"],
        b"{",
    ):
        assert empty.send("PATCH", f"/api/runs/{run}", body).status == 400, body
    assert empty.send("PATCH", f"/api/runs/{run}", {"notes": "x" * 2_000_000}).status == 413
    assert empty.send("PATCH", "/api/runs/nobody", {"notes": "x"}).status == 404
    assert len(list(Store(own_store).run_folder(run).glob("w-*.jsonl"))) == 1, "nothing was written"


def test_trash_and_restore(client: Client) -> None:
    before = client.get("store")
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    moved = client.send("POST", "/api/trash", {"runs": [search["id"]]}).json
    assert moved["moved"] == [search["id"]] and moved["token"] != before["token"]
    assert client.get("runs", filter="name = 'GridSearchCV'")["total"] == 0
    error = client.error(f"runs/{search['id']}")
    assert error["status"] == 404 and "restore" in error["message"]
    (there,) = client.get("trash")["rows"]
    assert (there["id"], there["name"]) == (search["id"], "GridSearchCV") and there["size"] > 0
    assert client.send("POST", "/api/restore", {"runs": [search["id"]]}).json["moved"] == [search["id"]]
    assert client.get("runs", parent=search["id"])["total"] == 4
    assert client.get("store")["runs"] == before["runs"]


def test_what_cannot_go_to_the_trash(client: Client, trained_store: Store) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    child = client.get("runs", parent=search["id"])["rows"][0]
    refused = client.send("POST", "/api/trash", {"runs": [child["id"]]})
    assert refused.status == 409 and refused.json["error"]["kept_in"] == search["id"]
    writer = RunWriter(trained_store.run_folder("open"))
    writer.event("run", id="open", name="open", role="training")
    assert client.send("POST", "/api/trash", {"runs": ["open"]}).status == 409
    assert client.send("POST", "/api/trash", {"runs": ["open"], "running": True}).status == 200
    assert client.send("POST", "/api/trash", {"runs": ["../runs"]}).status == 400
    assert client.send("POST", "/api/trash", {"runs": "all"}).status == 400
    writer.close()


def test_what_holds_a_running_run_cannot_go_to_the_trash_unasked(empty: Client, own_store: Path) -> None:
    group, inner = (RunWriter(Store(own_store).run_folder(run_id)) for run_id in ("group", "inner"))
    group.event("run", id="group", name="group", role="group")
    group.event("end", status="finished", error=None)
    group.close()
    inner.event("run", id="inner", name="inner", role="training", parent="group")
    refused = empty.send("POST", "/api/trash", {"runs": ["group"]})
    assert refused.status == 409 and refused.json["error"]["running"] == ["inner"]
    moved = empty.send("POST", "/api/trash", {"runs": ["group"], "running": True}).json["moved"]
    assert moved == ["group", "inner"]
    inner.close()


def test_candidates_go_with_their_search_and_hold_up_nothing(client: Client, trained_store: Store) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    (other,) = client.get("runs", filter="name = 'by hand'")["rows"]
    child = client.get("runs", parent=search["id"])["rows"][0]
    some = client.send("POST", "/api/trash", {"runs": [child["id"], other["id"]]}).json
    assert (some["moved"], some["kept"]) == ([other["id"]], [child["id"]])
    both = client.send("POST", "/api/trash", {"runs": [child["id"], search["id"]]}).json
    assert (both["moved"], both["kept"]) == ([search["id"]], [])


def test_tags_of_many_runs(client: Client, trained_store: Store) -> None:
    (search,) = client.get("runs", filter="name = 'GridSearchCV'")["rows"]
    children = [row["id"] for row in client.get("runs", parent=search["id"])["rows"]]
    runs = [search["id"], *children]
    before = len(list(trained_store.run_folder(search["id"]).glob("w-*.jsonl")))
    answer = client.send("PATCH", "/api/runs", {"runs": [*runs, "nobody"], "tags": {"stage": "prod"}}).json
    assert answer["changed"] == runs
    assert client.get("runs", filter="tags.stage = 'prod'", nest="0")["total"] == 5
    assert len(list(trained_store.run_folder(search["id"]).glob("w-*.jsonl"))) == before + 1
    assert client.send("PATCH", "/api/runs", {"runs": runs, "tags": {"stage": None}}).status == 200
    assert client.get("runs", filter="tags.stage = 'prod'")["total"] == 0
    assert client.send("PATCH", "/api/runs", {"runs": runs, "tags": {"a": []}}).status == 400
    assert client.send("PATCH", "/api/runs", {"tags": {"a": 1}}).status == 400


def test_a_change_is_heard_of_at_once(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    first = empty.get("changes")["token"]
    heard: list[dict[str, Any]] = []
    listener = threading.Thread(target=lambda: heard.append(empty.get("changes", since=first, wait=20)))
    listener.start()
    writer = RunWriter(store.run_folder("live"))
    writer.event("run", id="live", name="live", role="training")
    writer.point("loss", 1.0)
    listener.join(20)
    assert heard[0]["changed"] == ["live"] and heard[0]["structure"]
    seen = empty.get("changes", since=heard[0]["token"], wait=0)
    writer.point("loss", 0.5)
    later = empty.get("changes", since=seen["token"], wait=20)
    assert later["changed"] == ["live"] and not later["structure"]
    (series,) = empty.get("series", run="live", name="loss")["series"]
    assert series["values"] == [1.0, 0.5]
    assert row_of(empty, "live")["status"] == "running"
    writer.event("end", status="finished", error=None)
    writer.close()
    assert empty.get("changes", since=later["token"], wait=20)["changed"] == ["live"]
    assert row_of(empty, "live")["status"] == "finished"


def test_nothing_new_is_said_when_the_time_is_over(empty: Client, own_store: Path) -> None:
    write_run(Store(own_store))
    token = empty.get("changes")["token"]
    assert empty.get("changes", since=token) == {"token": token, "changed": [], "structure": False}
    assert empty.get("changes", since="99999999999999999999") == {
        "token": token,
        "changed": None,
        "structure": True,
    }


def test_a_run_that_another_process_removes_is_heard_of(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    run = write_run(store)
    token = empty.get("changes")["token"]
    store.trash([run])
    assert empty.get("changes", since=token, wait=20)["structure"]
    assert empty.get("runs")["rows"] == []
