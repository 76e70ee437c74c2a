"""Runs as they are read: in every state, by the beginning of their id, in groups, and written by an enemy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fitscribe.models import ModelNotLoadable, UntrustedModel, binding, save_pickle
from fitscribe.reading import AmbiguousRun, Run, RunNotFound, Runs, get_run, search_runs
from fitscribe.store import RunWriter, Store

from .conftest import MakeRun, write_run


def test_a_run_shows_what_was_recorded(store: Store, make_run: MakeRun) -> None:
    run_id = make_run(
        "forest",
        params={"depth": 3, "sizes": (1, 2), "none": None},
        metrics={"loss": [3.0, 1.0, 2.0]},
        tags={"stage": "dev"},
        notes="first",
        framework="sklearn",
        framework_version="1.9.1",
        site="train.py:3",
        launch="launch1",
        events=[
            ("facts", {"values": {"n_iter_": 7}}),
            ("signature", {"signature": {"inputs": [{"name": "x", "type": "float64"}]}}),
            ("dataset", {"role": "train", "description": {"shape": [10, 2]}}),
            ("artifact", {"name": "a.txt", "path": "artifacts/a.txt", "kind": "text", "size": 1}),
            ("unseen", {"what": "model", "why": "too large"}),
            ("problem", {"where": "evaluation", "error": "ValueError: x"}),
            ("coverage", {"points": [{"id": "sklearn.estimator_fit", "state": "applied"}]}),
            ("cost", {"cpu_s": 0.25}),
            ("lost", {"points": 3, "why": "disk full"}),
        ],
    )
    run = get_run(run_id)
    assert (run.name, run.experiment, run.role, run.status) == ("forest", "tests", "training", "finished")
    assert (run.framework, run.framework_version, run.site) == ("sklearn", "1.9.1", "train.py:3")
    assert run.params == {"depth": 3, "sizes": (1, 2), "none": None}
    assert (run.changed, run.metrics, run.tags, run.notes) == ([], {"loss": 2.0}, {"stage": "dev"}, "first")
    assert list(run.series("loss").values) == [3.0, 1.0, 2.0]
    assert len(run.series("nothing")) == 0
    assert run.facts == {"n_iter_": 7}
    assert run.signature == {"inputs": [{"name": "x", "type": "float64"}]}
    assert run.datasets == [{"role": "train", "description": {"shape": [10, 2]}}]
    assert [artifact["path"] for artifact in run.artifacts] == ["artifacts/a.txt"]
    assert run.unseen == [{"what": "model", "why": "too large"}]
    assert run.problems == [{"where": "evaluation", "error": "ValueError: x"}]
    assert run.coverage == [{"id": "sklearn.estimator_fit", "state": "applied"}]
    assert run.cost == {"cpu_s": 0.25}
    assert [(each["points"], each["why"]) for each in run.lost] == [(3, "disk full")]
    assert (run.damage, run.error, run.parent, len(run.children)) == ([], None, None, 0)
    assert run.launch_id == "launch1" and run.environment == {} and run.source == {}
    assert run.started is not None and run.stopped is not None and run.duration is not None
    assert run == Run(store, run_id) and hash(run) == hash(Run(store, run_id))
    assert repr(run) == f"<Run {run_id} 'forest' finished>"


def test_runs_in_every_state(store: Store, make_run: MakeRun) -> None:
    for status in ("finished", "failed", "interrupted", "unobserved"):
        make_run(status, status=status)
    make_run("running", status=None)
    script = (
        "import os\n"
        "from fitscribe.store import RunWriter, Store\n"
        "writer = RunWriter(Store.locate().run_folder('crashed'))\n"
        "writer.event('run', id='crashed', name='crashed', role='training')\n"
        "writer.point('m', 1.0)\n"
        "os._exit(9)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=False)
    make_run("silent", run_id="silent", status=None)
    (file,) = store.run_folder("silent").glob("w-*.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps({**line, "host": "elsewhere"}) + "\n" for line in lines))

    for run in search_runs():
        assert run.status == run.name
        assert [found.id for found in search_runs(f"status = '{run.name}'")] == [run.id]
        assert run.duration is not None
    crashed = get_run("crashed")
    assert crashed.stopped is not None and crashed.metrics == {"m": 1.0}
    assert get_run("silent").stopped is None


def test_the_error_of_a_failed_run(make_run: MakeRun, store: Store) -> None:
    run_id = make_run(status=None)
    writer = RunWriter(store.run_folder(run_id))
    error = {"type": "ValueError", "message": "bad", "traceback": "..."}
    writer.event("end", status="failed", error=error)
    writer.close()
    assert get_run(run_id).error == error


def test_beginnings_of_ids(store: Store, make_run: MakeRun) -> None:
    with pytest.raises(RunNotFound, match="no run in"):
        get_run("latest")
    for run_id in ("abc1", "abc2", "abd", "ab"):
        make_run(run_id, run_id=run_id)
    assert get_run("abc1").id == "abc1"
    assert get_run("abd", store=str(store.root)).id == "abd"
    assert get_run("ab").id == "ab"
    with pytest.raises(AmbiguousRun, match="abc1, abc2; give more of the id") as caught:
        get_run("abc")
    assert caught.value.candidates == ["abc1", "abc2"] and isinstance(caught.value, LookupError)
    for text in ("zzz", "../abc1", "ABC1", "abc1/", "*"):
        with pytest.raises(RunNotFound, match="no run in .* begins with"):
            get_run(text)
    store.trash(["abd"])
    with pytest.raises(RunNotFound, match="fitscribe restore abd"):
        get_run("abd")


def test_latest_is_the_one_that_began_last(make_run: MakeRun) -> None:
    make_run("newest", started=3000.0)
    make_run("old", started=1000.0)
    assert get_run("latest").name == "newest"


# -- groups


def test_a_group_of_one_shows_its_training_as_its_own(store: Store, make_run: MakeRun) -> None:
    group = make_run("group", role="group", params={"own": 1, "both": 1}, metrics={"m": [1.0], "both": [1.0]})
    files = {"path": "artifacts/x", "kind": "text", "size": 1}
    child = make_run(
        "Ridge",
        parent=group,
        framework="sklearn",
        params={"alpha": 2, "both": 2},
        metrics={"loss": [3.0, 2.0], "both": [2.0]},
        events=[
            ("dataset", {"role": "train", "description": {"shape": [1]}}),
            ("artifact", {"name": "x", **files}),
            ("model", {"name": "model", "format": "pickle", "path": "artifacts/m", "mac": None}),
            ("unseen", {"what": "w", "why": "y"}),
        ],
    )
    (run,) = search_runs()
    assert (run.id, run.name, run.framework) == (group, "group", "sklearn")
    assert run.params == {"own": 1, "both": 1, "alpha": 2}
    assert run.metrics == {"m": 1.0, "both": 1.0, "loss": 2.0}
    assert list(run.series("loss").values) == [3.0, 2.0] and list(run.series("both").values) == [1.0]
    assert run.datasets == get_run(child).datasets and run.unseen == get_run(child).unseen
    assert run.artifacts[0]["path"] == f"../{child}/artifacts/x" and run.models[0]["name"] == "model"
    for query in ("params.alpha = 2 and params.both = 1", "metrics.loss.max = 3", "framework = 'sklearn'"):
        assert [found.id for found in search_runs(query)] == [group]
        assert get_run(group).params == run.params
    assert not search_runs("params.both = 2 or metrics.both > 1")
    assert [found.id for found in run.children] == [child] and get_run(child).parent == run
    assert [found.id for found in search_runs(order_by="params.alpha, metrics.loss")] == [group]


def test_a_group_of_two_keeps_its_trainings_apart(store: Store, make_run: MakeRun) -> None:
    group = make_run("group", role="group")
    first = make_run("first", parent=group, params={"alpha": 1})
    assert [run.params for run in search_runs()] == [{"alpha": 1}]
    second = make_run("second", parent=group, params={"alpha": 2})
    assert {run.id for run in search_runs()} == {group, first, second}
    assert get_run(group).params == {}
    assert [run.id for run in search_runs(f"parent = '{group}'", order_by="params.alpha")] == [first, second]
    assert [run.id for run in search_runs("parent is null")] == [group]
    store.trash([second])
    assert [run.params for run in search_runs()] == [{"alpha": 1}]
    store.trash([first])
    assert [run.params for run in search_runs()] == [{}]


def test_a_group_that_holds_a_group_is_no_group_of_one(make_run: MakeRun) -> None:
    outer = make_run("outer", role="group")
    inner = make_run("inner", role="group", parent=outer)
    make_run("fit", parent=inner, params={"alpha": 1})
    assert {run.name: run.params for run in search_runs()} == {"outer": {}, "inner": {"alpha": 1}}


def test_a_run_that_is_its_own_parent(make_run: MakeRun) -> None:
    make_run("loop", run_id="loop", parent="loop", role="group")
    run = get_run("loop")
    assert (run.params, run.parent, len(run.children)) == ({}, run, 1)
    assert [found.id for found in search_runs()] == ["loop"]


def test_a_parent_that_is_gone(make_run: MakeRun) -> None:
    for parent in ("gone", "../../x", 5, None):
        assert get_run(make_run(parent=parent)).parent is None


# -- models


def save_model(store: Store, run_id: str, **changes: object) -> None:
    writer = RunWriter(store.run_folder(run_id))
    target = writer.artifact("model/model.pkl")
    saved = save_pickle({"weights": [1, 2]}, target, bound_to=binding(run_id, "model"))
    fields = {"path": "artifacts/model/model.pkl", "format": "pickle", "mac": saved.mac, "name": "model"}
    writer.event("model", **{**fields, **changes})
    writer.close()


def test_models_are_loaded_and_refused(
    store: Store, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = get_run(make_run("Ridge"))
    with pytest.raises(LookupError, match="holds no model; log_model keeps one"):
        run.load_model()
    save_model(store, run.id)
    assert run.load_model() == {"weights": [1, 2]}
    with pytest.raises(LookupError, match="no model 'other'; there is 'model'"):
        run.load_model("other")
    monkeypatch.setenv("FITSCRIBE_KEY", "1" * 64)
    with pytest.raises(UntrustedModel, match=f"comes from run {run.id} 'Ridge', recorded on"):
        run.load_model()
    assert run.load_model(trust=True) == {"weights": [1, 2]}


def test_a_model_that_was_not_kept_says_why(make_run: MakeRun) -> None:
    run = get_run(make_run(events=[("unseen", {"what": "model", "why": "a lambda does not pickle"})]))
    with pytest.raises(LookupError, match="a lambda does not pickle"):
        run.load_model()


def test_the_models_of_a_group_are_named(make_run: MakeRun, store: Store) -> None:
    group = make_run("group", role="group")
    first, second = make_run("a", parent=group), make_run("b", parent=group)
    save_model(store, first)
    with pytest.raises(LookupError, match=f"its trainings: {first}"):
        get_run(group).load_model()
    store.trash([second])
    assert get_run(group).load_model() == {"weights": [1, 2]}


@pytest.mark.parametrize(
    "path", ["../../evil.pkl", "/etc/passwd", "artifacts/link/evil.pkl", "", 5, None, "a\0b"]
)
def test_a_model_outside_of_its_run_is_never_read(
    store: Store, make_run: MakeRun, tmp_path: Path, path: object
) -> None:
    run_id = make_run()
    save_pickle("evil", tmp_path / "evil.pkl")
    save_pickle("evil", store.root / "evil.pkl")
    save_model(store, run_id, path=path)
    (store.run_folder(run_id) / "artifacts" / "link").symlink_to(tmp_path, target_is_directory=True)
    run = get_run(run_id)
    with pytest.raises(UntrustedModel, match="not in the run's folder"):
        run.load_model(trust=True)
    assert [model["path"] for model in run.models] == [None]


def test_a_model_of_an_unknown_format(store: Store, make_run: MakeRun) -> None:
    run_id = make_run()
    save_model(store, run_id, format="future")
    with pytest.raises(ModelNotLoadable, match="'future'.* a newer one may"):
        get_run(run_id).load_model()


# -- files of an enemy


def test_artifacts_outside_of_the_run_are_left_out(make_run: MakeRun) -> None:
    paths = ["../x", "/etc/passwd", "artifacts/fine", 7]
    events = [("artifact", {"name": str(path), "path": path, "kind": "file"}) for path in paths]
    assert [each["path"] for each in get_run(make_run(events=events)).artifacts] == ["artifacts/fine"]


def raw_run(store: Store, run_id: str, *lines: object) -> Run:
    folder = store.run_folder(run_id)
    folder.mkdir(parents=True)
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "w-x.jsonl").write_text("\n".join(text) + "\n")
    return Run(store, run_id)


DEEP = "[" * 900 + "]" * 900


def test_odd_json_is_shown_and_never_raises(store: Store, make_run: MakeRun) -> None:
    fine = make_run("fine")
    runs = [
        raw_run(store, "empty"),
        raw_run(store, "binary", "\x00\x01", "{", "[]", "5", "null"),
        raw_run(
            store, "types", {"event": "run", "time": 1, "name": ["x"], "parent": {}, "role": 5, "launch": 3}
        ),
        raw_run(store, "far", {"event": "run", "time": 1e300, "name": "far"}),
        raw_run(store, "infinite", '{"event": "run", "time": 1e999, "name": "infinite"}'),
        raw_run(
            store,
            "tags",
            {"event": "run", "time": 2, "name": "tags"},
            {
                "event": "params",
                "time": 2,
                "values": {"a": {"$no": 1}, "b": {"$date": 5}, "c": {"$set": [[1]]}},
            },
            {"event": "params", "time": 2, "values": {"d": {"$numpy": ["O", 1]}, "e": {"$float": "x"}}},
            '{"event": "params", "time": 2, "values": {"deep": ' + DEEP + "}}",
            {"event": "params", "time": 2, "values": {"huge": {"$int": "0x" + "f" * 5000}}},
            {"event": "end", "time": 2, "status": "finished", "error": "text"},
        ),
    ]
    for run in runs:
        for name in ("params", "metrics", "tags", "status", "duration", "datasets", "models", "error"):
            getattr(run, name)
        assert run.parent is None and run.environment == {} and run.source == {}
    assert len(runs[-1].params) == 7
    found = search_runs()
    assert {run.id for run in found} == {fine, *(run.id for run in runs)}
    assert "tags" in {run.id for run in search_runs("params.a is not null and params.deep is not null")}
    pytest.importorskip("pandas")
    assert len(found.to_pandas()) == len(found)


def test_launch_files(store: Store, make_run: MakeRun, tmp_path: Path) -> None:
    run = get_run(make_run(launch="launch1"))
    folder = store.launch_folder("launch1")
    folder.mkdir(parents=True)
    source = {"kind": "script", "argv": ["train.py"]}
    (folder / "launch.json").write_text(
        json.dumps({"host": "gpu3", "source": source, "variables": {"RANK": "1"}})
    )
    (folder / "environment.json").write_text(json.dumps({"python": "3.11"}))
    assert run.source == source
    assert run.environment == {"python": "3.11", "host": "gpu3", "variables": {"RANK": "1"}}
    (folder / "source.diff").write_bytes(b"+ \xff\n")
    assert run.source["diff"] == "+ \ufffd\n"
    for content in ("", "[]", "{", DEEP * 200, '{"source": [], "variables": 3}'):
        (folder / "launch.json").write_text(content)
        assert run.source == {"diff": "+ \ufffd\n"} and run.environment["python"] == "3.11"
    (tmp_path / "secret.json").write_text('{"python": "secret"}')
    (folder / "environment.json").unlink()
    (folder / "environment.json").symlink_to(tmp_path / "secret.json")
    assert run.environment == {}
    if hasattr(os, "mkfifo"):
        (folder / "launch.json").unlink()
        os.mkfifo(folder / "launch.json")
        assert run.environment == {}


# -- runs in a row


def test_runs_are_like_a_list(make_run: MakeRun) -> None:
    for number in range(5):
        make_run(f"run {number}", started=1000.0 + number)
    runs = search_runs(order_by="started")
    assert isinstance(runs[1:3], Runs) and [run.name for run in runs[1:3]] == ["run 1", "run 2"]
    assert runs[-1].name == "run 4" and runs[0] in runs and len(runs[:2] + runs[3:]) == 4
    assert runs == search_runs(order_by="started") and runs != runs[:2]
    assert repr(runs[:1]).startswith("<1 run>\n") and repr(Runs()) == "<0 runs>"


def test_a_data_frame(make_run: MakeRun) -> None:
    pandas = pytest.importorskip("pandas")
    first = make_run("a", params={"x": 1, "z": (1, 2)}, metrics={"loss": 0.5}, started=1000.0, duration=2.0)
    second = make_run("b", tags={"t": "u"}, metrics={"acc": 1.0})
    frame = search_runs(order_by="name").to_pandas()
    assert list(frame.index) == [first, second]
    heads = ["name", "experiment", "status", "started", "duration", "framework"]
    assert list(frame.columns) == [*heads, "params.x", "params.z", "metrics.loss", "metrics.acc", "tags.t"]
    assert frame.loc[first, "started"] == pandas.Timestamp(1000.0, unit="s", tz="UTC")
    assert frame.loc[first, "params.z"] == (1, 2) and pandas.isna(frame.loc[second, "metrics.loss"])
    assert list(Runs().to_pandas().columns) == heads


def test_without_numpy_and_pandas(store: Store) -> None:
    run_id = write_run(store, params={"p": 1}, metrics={"m": [1.0, 2.0]})
    script = (
        "import sys\n"
        "sys.modules['numpy'] = sys.modules['pandas'] = None\n"
        "from fitscribe.reading import compare, export, get_run, search_runs\n"
        "run = search_runs('metrics.m.min = 1 and params.p = 1', order_by='metrics.m')[0]\n"
        f"assert run.id == {run_id!r} and list(run.series('m').values) == [1.0, 2.0]\n"
        "assert export([run], 'json', series=True)[0]['series']['m']['values'] == [1.0, 2.0]\n"
        "try:\n"
        "    search_runs().to_pandas()\n"
        "except ImportError:\n"
        "    print('no pandas')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "no pandas\n"


def test_reading_a_run_imports_no_index() -> None:
    script = (
        "import sys\n"
        "from fitscribe.reading import Run\n"
        "assert not {'sqlite3', 'numpy', 'pandas', 'difflib'} & set(sys.modules)\n"
        "assert 'fitscribe.reading.query' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
