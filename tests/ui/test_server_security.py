"""The server towards whoever means harm: other sites, and stores that somebody else has written."""

from __future__ import annotations

import json
import os
import pickle
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import write_run

from fitscribe.store import RunWriter, Store

from .conftest import Client, serving

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\ud800\x00\x1b[31m'


class Bomb:
    """Its pickle leaves a file behind when somebody loads it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def write_raw(folder: Path, *events: dict[str, Any]) -> None:
    """Write a run's file as fitscribe never would."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "w-evil-1-1-0.jsonl").write_text("".join(json.dumps(each) + "\n" for each in events))


def hostile_run(store: Store) -> str:
    run = write_run(
        store,
        SCRIPT,
        run_id="hostile",
        params={SCRIPT: SCRIPT, "huge": "x" * 3_000_000, "binary": b"\x00\xff" * 1000, "big": 10**5000},
        metrics={SCRIPT: [1.0, float("nan"), float("inf")], "-inf": float("-inf")},
        tags={SCRIPT: SCRIPT, "starred": SCRIPT},
        notes=SCRIPT * 10_000,
        status=None,
        experiment=SCRIPT,
        parent=SCRIPT,
        launch="../../launches",
        framework=SCRIPT,
        framework_version=SCRIPT,
        site=SCRIPT,
        point={"a": SCRIPT},
    )
    writer = RunWriter(store.run_folder(run))
    writer.event("signature", signature={"inputs": SCRIPT, "outputs": [SCRIPT]})
    writer.event(
        "facts", values={"early_stopping": SCRIPT, "ranked_by": ["x"], "directions": 5, "modules": 1}
    )
    writer.event("dataset", role=SCRIPT, description=SCRIPT)
    writer.event("unseen", what=SCRIPT, why=[SCRIPT])
    writer.event("problem", where=SCRIPT, error={"a": 1})
    writer.event("lost", points="many", why=SCRIPT)
    writer.event("coverage", points=[{"id": SCRIPT, "state": 5}])
    writer.event("cost", cpu_s=SCRIPT)
    for kind in ("confusion_matrix", "roc", "table", "lineage", SCRIPT):
        writer.event("artifact", name=f"{SCRIPT}/{kind}", kind=kind, data={SCRIPT: [SCRIPT, {"x": SCRIPT}]})
    writer.event("artifact", name="size", kind="file", path="artifacts/none", size=SCRIPT)
    writer.event("model", name=SCRIPT, path="../../../etc/passwd", format=SCRIPT, size=-1)
    writer.event("end", status="failed", error={"type": SCRIPT, "message": SCRIPT, "traceback": SCRIPT})
    writer.close()
    return run


def test_every_address_answers_for_a_hostile_run(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    run = hostile_run(store)
    other = write_run(store, "other", params={SCRIPT: 1}, metrics={SCRIPT: 2.0})
    fields = [each["field"] for each in empty.get("columns")["columns"]]
    assert len([field for field in fields if "script" in field]) == 3
    for path, parameters in (
        ("store", {}),
        ("runs", {"column": fields}),
        ("groups", {"by": fields[9:13], "column": fields}),
        ("values", {"column": fields}),
        ("importance", {"metric": "metrics.`-inf`"}),
        ("complete", {"text": "params.", "cursor": 7}),
        (f"runs/{run}", {}),
        (f"runs/{run}/children", {}),
        (f"runs/{run}/diff", {}),
        ("series", {"run": run, "name": [SCRIPT.encode("utf-8", "replace").decode(), "-inf"]}),
        ("compare", {"run": [run, other]}),
        ("compare/code", {"run": [run, other]}),
        ("changes", {}),
    ):
        answer = empty.answer(path, **parameters)
        assert answer.status == 200, (path, answer.content[:1000])
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.content.decode("ascii"), parse_constant=pytest.fail)
    page = empty.get(f"runs/{run}")
    params = {each["name"]: each["value"] for each in page["params"]}
    assert len(params["huge"]["text"]) == 2000 and params["huge"]["cut"] == 3_000_000
    assert "number" not in params["big"]
    (row,) = empty.get("runs", run=run, column="params.huge")["rows"]
    assert len(row["cells"][0]) == 200 and len(row["notes"]) <= 200
    for kind in ("csv", "json", "latex"):
        assert empty.answer("export", format=kind).status == 200


def test_files_that_are_no_run_at_all(empty: Client, own_store: Path) -> None:
    runs = Store(own_store).root / "runs"
    deep: Any = "end"
    for _ in range(900):
        deep = [deep]
    write_raw(
        runs / "odd",
        {"event": "writer", "time": 1.0, "format": 99},
        {"event": "run", "time": "now", "id": 5},
        {"event": "run", "time": 1e300, "id": "odd", "name": ["a"], "parent": {"b": 1}},
        {"event": "params", "time": 2.0, "values": {"deep": deep, "tag": {"$numpy": ["O", 1]}}},
        {"event": "metrics", "time": 2.0, "first": 1, "names": ["m"]},
        {"event": "artifact", "time": 3.0, "name": ["x"], "kind": {}, "data": deep},
        {"event": "artifact", "time": 3.0, "name": "p", "kind": "file", "path": ["artifacts"]},
        {"event": "end", "time": -1e300, "status": "finished", "error": "text"},
    )
    (runs / "odd" / "w-evil-1-1-0.bin").write_bytes(os.urandom(32 * 100 + 7))
    (runs / "empty").mkdir()
    (runs / "file").write_text("not a folder")
    for path in ("runs", "columns", "runs/odd", "runs/empty", "store", "groups?by=params.deep"):
        assert empty.send("GET", f"/api/{path}").status == 200, path
    assert empty.send("GET", "/api/series?run=odd&name=m").status == 200


OUTSIDE = (
    "../../../secret.txt",
    "artifacts/../../../../secret.txt",
    "/etc/passwd",
    "artifacts/link.txt",
    "artifacts/up/secret.txt",
    "artifacts/\x00",
)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("event", ["artifact", "model"])
def test_no_file_outside_of_the_run(empty: Client, own_store: Path, path: str, event: str) -> None:
    store = Store(own_store)
    (own_store.parent / "secret.txt").write_text("secret")
    run = write_run(store, events=[(event, {"name": "x", "kind": "file", "path": path, "size": 6})])
    artifacts = store.run_folder(run) / "artifacts"
    artifacts.mkdir()
    (artifacts / "link.txt").symlink_to(own_store.parent / "secret.txt")
    (artifacts / "up").symlink_to(own_store.parent)
    model = "1" if event == "model" else "0"
    for what in ("file", "preview"):
        answer = empty.answer(f"runs/{run}/{what}", name="x", model=model)
        assert answer.status == 404 and b"secret" not in answer.content
    assert empty.answer(f"runs/{run}").status == 200


@pytest.mark.parametrize(
    "entry", ["../../../../secret.txt", "link.txt", "up/secret.txt", "/etc/passwd", "..", "fifo"]
)
def test_no_entry_outside_of_a_folder(empty: Client, own_store: Path, entry: str) -> None:
    store = Store(own_store)
    (own_store.parent / "secret.txt").write_text("secret")
    run = write_run(
        store, events=[("artifact", {"name": "d", "kind": "folder", "path": "artifacts/d", "size": 1})]
    )
    folder = store.run_folder(run) / "artifacts" / "d"
    folder.mkdir(parents=True)
    (folder / "good.txt").write_text("good")
    (folder / "link.txt").symlink_to(own_store.parent / "secret.txt")
    (folder / "up").symlink_to(own_store.parent)
    os.mkfifo(folder / "fifo")
    assert empty.answer(f"runs/{run}/file", name="d", entry="good.txt").content == b"good"
    listed = empty.get(f"runs/{run}/preview", name="d")
    assert [each["entry"] for each in listed["entries"]] == ["good.txt"]
    for what in ("file", "preview"):
        answer = empty.answer(f"runs/{run}/{what}", name="d", entry=entry)
        assert b"secret" not in answer.content
        assert answer.status == 404 or answer.json["kind"] == "none"


def test_a_run_whose_folder_is_a_link_is_none(empty: Client, own_store: Path) -> None:
    store, elsewhere = Store(own_store), Store(own_store.parent / "elsewhere")
    run = write_run(
        elsewhere, events=[("artifact", {"name": "x", "kind": "file", "path": "artifacts/x", "size": 1})]
    )
    (elsewhere.run_folder(run) / "artifacts").mkdir()
    (elsewhere.run_folder(run) / "artifacts" / "x").write_text("secret")
    write_run(store)
    store.run_folder(run).symlink_to(elsewhere.run_folder(run))
    assert run not in [row["id"] for row in empty.get("runs")["rows"]]
    assert b"secret" not in empty.answer(f"runs/{run}/file", name="x").content
    assert empty.send("PATCH", f"/api/runs/{run}", {"notes": "x"}).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/@edition/../app.py",
        "/static/@edition/..%2fapp.py",
        "/static/@edition//etc/passwd",
        "/static/@edition/%2fetc%2fpasswd",
        "/static/@edition/app.js%00",
        "/static/..%2fapp.py",
        "/static/%2e%2e/app.py",
        "/../app.py",
        "//etc/passwd",
        "/static//etc/passwd",
        "/api/runs/..%2f..%2fsecret",
        "/api/runs/%2e%2e",
        "/api/runs/a%00b/file?name=x",
    ],
)
def test_no_path_leads_out(empty: Client, path: str) -> None:
    answer = empty.send("GET", path)
    assert b"Starlette" not in answer.content and b"root:" not in answer.content
    assert answer.status in (200, 400, 404)
    assert answer.status != 200 or b"<!doctype html>" in answer.content[:100].lower()


def test_nothing_is_unpickled(empty: Client, own_store: Path, tmp_path: Path) -> None:
    store, mark = Store(own_store), tmp_path / "exploded"
    run = write_run(
        store,
        events=[
            ("model", {"name": "model", "path": "artifacts/m.pkl", "format": "pickle", "size": 1}),
            ("artifact", {"name": "a.pkl", "kind": "file", "path": "artifacts/m.pkl", "size": 1}),
        ],
    )
    folder = store.run_folder(run) / "artifacts"
    folder.mkdir()
    (folder / "m.pkl").write_bytes(pickle.dumps(Bomb(mark)))
    assert empty.get(f"runs/{run}/preview", name="a.pkl")["kind"] == "none"
    assert empty.get(f"runs/{run}")["models"][0]["format"] == "pickle"
    answer = empty.answer(f"runs/{run}/file", name="model", model="1")
    assert answer.content == (folder / "m.pkl").read_bytes()
    assert not mark.exists()


def test_pages_and_pictures_of_artifacts_run_nothing(empty: Client, own_store: Path) -> None:
    store = Store(own_store)
    files = {
        "page.html": b"<script>alert(1)</script>",
        "drawing.svg": b"<svg xmlns='x'><script>1</script></svg>",
    }
    run = write_run(
        store,
        events=[
            ("artifact", {"name": name, "kind": "file", "path": f"artifacts/{name}", "size": 1})
            for name in files
        ],
    )
    (store.run_folder(run) / "artifacts").mkdir()
    for name, content in files.items():
        (store.run_folder(run) / "artifacts" / name).write_bytes(content)
        for inline in ("0", "1"):
            answer = empty.answer(f"runs/{run}/file", name=name, inline=inline)
            assert "sandbox" in answer.headers["content-security-policy"]
            assert "script-src" not in answer.headers["content-security-policy"]
            assert answer.headers["content-type"] in ("application/octet-stream", "image/svg+xml")
    page = empty.answer(f"runs/{run}/file", name="page.html", inline="1")
    assert page.headers["content-disposition"].startswith("attachment")
    assert empty.get(f"runs/{run}/preview", name="page.html")["kind"] == "text"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.evil.example",
        "localhost.evil.example:{port}",
        "",
        "192.168.0.1",
    ],
)
def test_a_name_that_was_made_to_lead_here_is_refused(empty: Client, host: str) -> None:
    answer = empty.send("GET", "/api/runs", headers={"Host": host.format(port=empty.port)})
    assert answer.status in (400, 403) and b"rows" not in answer.content


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}", "localhost."]
)
def test_the_names_of_this_machine_are_fine(empty: Client, host: str) -> None:
    assert empty.send("GET", "/api/runs", headers={"Host": host.format(port=empty.port)}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_changes_from_another_site_are_refused(
    empty: Client, own_store: Path, headers: dict[str, str]
) -> None:
    run = write_run(Store(own_store))
    for method, path, body in (
        ("PATCH", f"/api/runs/{run}", {"notes": "evil"}),
        ("POST", "/api/trash", {"runs": [run]}),
        ("POST", "/api/restore", {"runs": [run]}),
    ):
        assert empty.send(method, path, body, headers=headers).status == 403
    assert empty.get(f"runs/{run}")["notes"] == ""


def test_another_site_can_link_here_and_read_nothing(empty: Client) -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    for mode, dest in (
        ("no-cors", "image"),
        ("cors", "empty"),
        ("navigate", "iframe"),
        ("no-cors", "script"),
    ):
        headers = {**cross, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        assert empty.send("GET", "/api/runs", headers=headers).status == 403
    link = {**cross, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert empty.send("GET", "/", headers=link).status == 200
    answer = empty.send("GET", "/api/runs", headers={"Origin": "http://evil.example"})
    assert answer.status == 403 and "access-control-allow-origin" not in answer.headers
    own = {"Origin": f"http://127.0.0.1:{empty.port}", "Sec-Fetch-Site": "same-origin"}
    assert empty.send("POST", "/api/restore", {"runs": []}, headers=own).status == 200


def test_the_page_may_load_nothing_from_elsewhere(empty: Client) -> None:
    for path in ("/", "/run/abc", "/static/app.js", "/api/store", "/api/nothing"):
        headers = empty.send("GET", path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers


def test_a_token_is_asked_for_where_others_can_reach_the_server(own_store: Path) -> None:
    write_run(Store(own_store))
    with serving(Store(own_store), host="0.0.0.0") as (server, client):
        assert server.token and len(server.token) >= 32 and server.token in server.address
        assert client.send("GET", "/api/runs").status == 401
        assert client.send("GET", "/").status == 401
        assert client.send("GET", "/static/app.js").status == 401
        assert client.send("GET", "/?token=wrong").status == 401
        assert client.send("PATCH", f"/api/runs/x?token={server.token}", {"notes": "x"}).status == 401
        first = client.send("GET", f"/run/x?a=1&token={server.token}&b=2")
        assert (first.status, first.headers["location"]) == (303, "/run/x?a=1&b=2")
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite" in cookie
        kept = {"Cookie": cookie.partition(";")[0]}
        assert client.send("GET", "/api/runs", headers=kept).status == 200
        bearer = {"Authorization": f"Bearer {server.token}"}
        assert client.send("GET", "/api/runs", headers=bearer).status == 200
        assert client.send("GET", "/api/runs", headers={"Cookie": f"fitscribe-{client.port}=x"}).status == 401
        evil = {**kept, "Host": "evil.example"}
        assert client.send("GET", "/api/runs", headers=evil).status == 403
        away = client.send("GET", f"//evil.example/?token={server.token}")
        assert away.headers["location"].startswith("/evil.example")


def test_further_names_of_the_server(own_store: Path) -> None:
    with serving(Store(own_store), host="0.0.0.0", names=["Box.example"]) as (server, client):
        bearer = {"Authorization": f"Bearer {server.token}"}
        for host, status in (("box.example:80", 200), ("10.0.0.7", 200), ("other.example", 403)):
            assert client.send("GET", "/api/runs", headers={**bearer, "Host": host}).status == status


def test_a_token_on_this_machine_where_it_is_wanted(own_store: Path) -> None:
    with serving(Store(own_store), ask_token=True) as (server, client):
        assert client.send("GET", "/api/runs").status == 401
        address = urllib.parse.urlsplit(server.address)
        assert client.send("GET", f"{address.path}?{address.query}").status == 303
