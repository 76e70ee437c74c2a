"""Whatever a store holds and says, reading it runs nothing of it: neither what it has, nor what it names."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from fitscribe import models
from fitscribe.models import ModelNotLoadable, UntrustedModel, binding, load_native, save_native, save_pickle
from fitscribe.models.native import NativeFormat
from fitscribe.reading import get_run
from fitscribe.store import Store

from .hostile import Bomb, full_of_payloads, lay_traps, model_event, payloads, run_of, watched

READING = """
sys.addaudithook(note)
import contextlib, io
import fitscribe
from fitscribe.cli import main
from fitscribe.reading import export, get_run, search_runs
from fitscribe.reading.latex import to_latex
from fitscribe.ui.report import report
from fitscribe.store import Store
runs = list(search_runs(store=store))
ids = [run.id for run in runs]
refused = {}
for run in runs:
    for name in ("params", "facts", "tags", "artifacts", "models", "source", "environment", "coverage"):
        repr(getattr(run, name))
    run._repr_html_()
    for model in run.models:
        try:
            run.load_model(model["name"])
        except Exception as error:
            refused[run.id, model["name"]] = type(error).__name__
        else:
            refused[run.id, model["name"]] = "loaded"
    with contextlib.suppress(LookupError, ImportError, ValueError):
        run.plot("roc")
out = io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
    for line in ("ls", "ls --json", "show payload0", "show payload0 --json", "compare payload0 payload1",
                 "doctor --fast", "export", "export --format csv", "export --format latex"):
        assert main([*line.split(), "--store", store]) in (0, 1), line
assert "Traceback" not in out.getvalue(), out.getvalue()[-2000:]
export(runs, "json", series=True), export(runs, "csv"), to_latex(runs)
assert "payload0" in report(Store(store), [get_run(ids[0], store=store)])
from fitscribe.ui.server import Server
import threading, urllib.request, urllib.parse
server, ready = Server(Store(store), "127.0.0.1", 0), threading.Event()
thread = threading.Thread(target=server.run, args=(ready.set,))
thread.start()
assert ready.wait(60)
def ask(path):
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(f"http://127.0.0.1:{server.port}/api/{path}").read()
for path in ("runs", "columns", "complete?text=params.&cursor=7", "export?format=csv", "trash", "store"):
    ask(path)
for run in ids[:2]:
    ask(f"runs/{run}"), ask(f"runs/{run}/diff"), ask(f"compare?run={ids[0]}&run={ids[1]}")
    for artifact in get_run(run, store=store).artifacts:
        name = urllib.parse.quote(artifact["name"])
        ask(f"runs/{run}/preview?name={name}"), ask(f"runs/{run}/file?name={name}&inline=1")
server.stop()
thread.join()
inside = [name for name, module in list(sys.modules.items())
          if os.path.realpath(getattr(module, "__file__", None) or "/").startswith(root)]
print(json.dumps({"noted": noted, "inside": inside, "count": len(refused),
                  "errors": sorted(set(refused.values()))}))
"""


def test_reading_runs_nothing(tmp_path: Path) -> None:
    for needed in ("starlette", "uvicorn"):
        pytest.importorskip(needed)
    folder, traps, mark = tmp_path / "project", tmp_path / "traps", tmp_path / "exploded"
    store = Store(folder / ".fitscribe")
    ids = full_of_payloads(store, mark)
    lay_traps(folder)
    traps.mkdir()
    done = watched(READING, store, folder, traps)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["noted"] == [] and said["inside"] == []
    assert set(said["errors"]) <= {"UntrustedModel", "ModelNotLoadable"}
    assert said["count"] == len(ids) * len(payloads(mark))
    assert os.listdir(traps) == [] and not mark.exists()


def test_the_watch_sees_what_runs(tmp_path: Path) -> None:
    """What the test above relies on: a trap that is imported, and a pickle that is loaded, are seen."""
    folder, traps = tmp_path / "project", tmp_path / "traps"
    lay_traps(folder)
    traps.mkdir()
    code = """
sys.addaudithook(note)
sys.path.insert(0, root)
import evil, pickle
pickle.loads(b"cos\\ngetcwd\\n.")
print(json.dumps(noted))
"""
    done = watched(code, Store(folder / ".fitscribe"), folder, traps)
    assert os.listdir(traps) == ["evil"]
    assert "pickle.find_class" in done.stdout and "evil.py" in done.stdout


DOCTOR = """
from fitscribe.cli.frameworks import _see
print(json.dumps(_see([])))
"""


def test_doctor_imports_frameworks_as_the_command_does(tmp_path: Path) -> None:
    """Its process would have the working directory before everything else on its path."""
    folder, traps = tmp_path / "project", tmp_path / "traps"
    lay_traps(folder)
    traps.mkdir()
    done = watched(DOCTOR, Store(folder / ".fitscribe"), folder, traps)
    assert json.loads(done.stdout).keys() == {"points", "failed", "unloadable"}
    assert os.listdir(traps) == []


# -- signatures


def signed(store: Store, run_id: str, obj: Any, name: str = "model", **changes: Any) -> models.SavedModel:
    """A run with a model as `log_model` keeps it, some of its record changed."""
    target = store.run_folder(run_id) / "artifacts" / "model.pkl"
    target.parent.mkdir(parents=True)
    saved = save_pickle(obj, target, bound_to=binding(run_id, name))
    run_of(store, run_id, model_event("artifacts/model.pkl", name=name, mac=saved.mac) | changes)
    return saved


def test_a_signature_holds_in_its_own_place_alone(own_store: Path) -> None:
    store = Store(own_store)
    saved = signed(store, "own", {"weights": [1]})
    assert get_run("own", store=store).load_model() == {"weights": [1]}
    content = (store.run_folder("own") / "artifacts" / "model.pkl").read_bytes()
    for run_id, name in (("other", "model"), ("own2", "best"), ("own3", "model")):
        event = model_event("artifacts/model.pkl", name=name, mac=saved.mac)
        if run_id == "own3":
            event["native"] = {"functions": {"x": "antigravity"}}
        folder = run_of(store, run_id, event)
        (folder / "artifacts").mkdir()
        (folder / "artifacts" / "model.pkl").write_bytes(content)
        with pytest.raises(UntrustedModel, match="or it was saved elsewhere"):
            get_run(run_id, store=store).load_model(name)


def test_within_a_run_names_cannot_be_exchanged(own_store: Path) -> None:
    store = Store(own_store)
    folder = store.run_folder("run")
    (folder / "artifacts").mkdir(parents=True)
    events = []
    for name, other in (("good", "bad"), ("bad", "good")):
        saved = save_pickle(name, folder / "artifacts" / f"{name}.pkl", bound_to=binding("run", name))
        events.append(model_event(f"artifacts/{name}.pkl", name=other, mac=saved.mac))
    run_of(store, "run", *events)
    for name in ("good", "bad"):
        with pytest.raises(UntrustedModel):
            get_run("run", store=store).load_model(name)


def test_a_signature_of_one_format_is_none_of_another(tmp_path: Path) -> None:
    """Bytes that were signed as harmless data do not come to be loaded as a pickle."""
    bomb = pickle.dumps(Bomb(tmp_path / "exploded"))
    data = NativeFormat(
        "toy/data", ".toy", lambda _: True, lambda _: bomb, lambda _: {}, lambda data, _: data
    )
    bound = binding("run", "model")
    saved = save_native(None, data, tmp_path / "model.pkl", bound_to=bound)
    with pytest.raises(UntrustedModel):
        models.load_pickle(tmp_path / "model.pkl", saved.mac, bound_to=bound)
    assert not (tmp_path / "exploded").exists()


def test_what_a_signed_file_is_loaded_with_is_signed_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    code = NativeFormat(
        "toy/code", ".toy", lambda _: True, lambda _: b"x", lambda _: {}, lambda _, facts: seen.append(facts)
    )._replace(runs_code=True)
    monkeypatch.setattr(models.native, "models_of", lambda framework: models.Models((code,)))
    facts = {"functions": {"loss": "my_code"}}
    saved = save_native(None, code, tmp_path / "m", bound_to=binding("run", "model", facts))
    load_native(tmp_path / "m", code.name, facts, mac=saved.mac, bound_to=binding("run", "model", facts))
    assert seen == [facts]
    evil = {"functions": {"loss": "antigravity"}}
    with pytest.raises(UntrustedModel):
        load_native(tmp_path / "m", code.name, evil, mac=saved.mac, bound_to=binding("run", "model", evil))
    assert seen == [facts]


@pytest.mark.parametrize(
    "mac",
    [
        "hmac-sha256-2:{key}:\u00e9",
        "hmac-sha256-2:{key}:\ud800",
        "hmac-sha256:{key}:{digest}",
        "none:a:b",
        5,
        ["a"],
    ],
)
def test_a_signature_that_is_none(own_store: Path, mac: Any) -> None:
    store = Store(own_store)
    saved = signed(store, "run", [1])
    _, key, digest = saved.mac.split(":")
    if isinstance(mac, str):
        mac = mac.format(key=key, digest=digest)
    run_of(store, "run", model_event("artifacts/model.pkl", mac=mac))
    with pytest.raises(UntrustedModel):
        get_run("run", store=store).load_model()


def test_the_bytes_that_are_checked_are_the_bytes_that_are_loaded(
    own_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, mark = Store(own_store), own_store.parent / "exploded"
    signed(store, "run", {"weights": [1]})
    path = store.run_folder("run") / "artifacts" / "model.pkl"
    check = models.pickled.need_trust

    def check_then_swap(*arguments: Any) -> None:
        check(*arguments)
        path.write_bytes(pickle.dumps(Bomb(mark)))

    monkeypatch.setattr(models.pickled, "need_trust", check_then_swap)
    assert get_run("run", store=store).load_model() == {"weights": [1]}
    assert not mark.exists()


def test_a_file_that_becomes_a_link_is_not_followed(own_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a model lies is looked at before it is opened: between the two somebody may put a link there."""
    from fitscribe.reading import load

    store = Store(own_store)
    signed(store, "run", [1])
    path = store.run_folder("run") / "artifacts" / "model.pkl"
    elsewhere = own_store.parent / "elsewhere.pkl"
    elsewhere.write_bytes(path.read_bytes())
    inside = load.path_inside

    def look_then_swap(*arguments: Any) -> Any:
        found = inside(*arguments)
        path.unlink()
        path.symlink_to(elsewhere)
        return found

    monkeypatch.setattr(load, "path_inside", look_then_swap)
    with pytest.raises(OSError, match="it is a link"):
        get_run("run", store=store).load_model(trust=True)


def test_an_old_skops_is_not_relied_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skops = pytest.importorskip("skops")
    pytest.importorskip("skops.io")
    saved = models.save_skops({"a": [1, 2]}, tmp_path / "m.skops")
    monkeypatch.setenv("FITSCRIBE_KEY", "the key of somebody else")
    assert models.load_skops(tmp_path / "m.skops", saved.mac) == {"a": [1, 2]}
    monkeypatch.setattr(skops, "__version__", "0.11.0")
    with pytest.raises(UntrustedModel, match=r"skops 0\.11\.0 is old"):
        models.load_skops(tmp_path / "m.skops", saved.mac)


def test_skops_that_names_what_runs_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("skops.io")
    path = tmp_path / "m.skops"
    path.write_bytes(payloads(tmp_path / "exploded")["model.skops"])
    with pytest.raises((UntrustedModel, ModelNotLoadable)):
        models.load_skops(path, None)
    assert not (tmp_path / "exploded").exists()


def test_an_index_lies_in_the_own_cache_alone(own_store: Path) -> None:
    """A store brings no index of its own: one that lies in it, under whatever name, is never opened."""
    import sqlite3

    from fitscribe.reading import search_runs
    from fitscribe.reading.index import index_file

    store = Store(own_store)
    run_of(store, "run")
    name = index_file(store).name
    for folder in (store.root, store.root / "runs", store.root / "runs" / "run"):
        with sqlite3.connect(folder / name) as connection:
            connection.execute("CREATE VIEW runs AS SELECT 'evil' AS id")
        connection.close()
    assert [run.id for run in search_runs(store=store)] == ["run"]
    assert index_file(store).is_relative_to(own_store.parent / "cache")


def test_an_index_with_views_and_triggers_is_made_anew(own_store: Path) -> None:
    import sqlite3

    from fitscribe.reading import search_runs
    from fitscribe.reading.index import index_file
    from fitscribe.reading.index_tables import FORMAT

    store = Store(own_store)
    run_of(store, "run")
    path = index_file(store)
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIEW runs AS SELECT 'evil' AS id, 'evil' AS name")
        connection.execute(f"PRAGMA user_version = {FORMAT}")
    connection.close()
    assert [run.id for run in search_runs(store=store)] == ["run"]
