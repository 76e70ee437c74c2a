"""Runs that are kept within the files of another: found, read and compared like any other."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.reading.conftest import MakeRun

from fitscribe import models
from fitscribe.reading import AmbiguousRun, RunNotFound, compare, export, get_run, index, search_runs
from fitscribe.reading.family import children_of, everyone_in, holder_of, ids_in, numbers_of_children
from fitscribe.reading.run import Run
from fitscribe.store import ChildWriter, RunWriter, Store

Search = Callable[..., RunWriter]


@pytest.fixture
def make_search(store: Store) -> Search:
    """A finished search, whose candidates are kept in its files; the writer is open with `status` None."""

    def make(
        run_id: str = "search", candidates: int = 3, *, parent: str | None = None, **header: Any
    ) -> RunWriter:
        status = header.pop("status", "finished")
        writer = RunWriter(store.run_folder(run_id))
        head = {"id": run_id, "name": "GridSearchCV", "experiment": "e", "parent": parent, "launch": "l"}
        writer.event("run", **head, **{"role": "training", **header})
        for number in range(candidates):
            add_candidate(writer, f"{run_id}-c{number}", number, parent=run_id)
        if status is not None:
            writer.event("end", status=status, error=None)
            writer.close()
        return writer

    return make


def add_candidate(writer: RunWriter | ChildWriter, child_id: str, number: int = 0, **header: Any) -> None:
    head = {"id": child_id, "name": "Ridge", "experiment": "e", "role": "candidate", "framework": "sklearn"}
    points = {"valid/score": [[0, None, 0.5 + number / 10], [1, None, 0.6 + number / 10]]}
    writer.child(
        child_id,
        [
            ("run", {**head, "time": 100.0 + number, **header}),
            ("params", {"values": {"alpha": number, "shape": (1, 2)}, "changed": ["alpha"]}),
            ("points", {"time": 101.0 + number, "values": points}),
            ("tags", {"values": {"stage": "dev"}}),
            ("end", {"time": 102.0 + number, "status": "finished", "error": None}),
        ],
    )


def ids(runs: Any) -> list[str]:
    return [run.id for run in runs]


@pytest.mark.parametrize("how", ["settled", "fresh", "living"])
def test_a_child_is_read_like_any_run(
    store: Store, make_search: Search, make_old: Callable[[Path], None], how: str
) -> None:
    writer = make_search(status=None if how == "living" else "finished")
    if how == "settled":
        make_old(store.run_folder("search"))
        search_runs(store=store)
    for run in (
        get_run("search-c1", store=store),
        Run(store, "search-c1"),
        search_runs("id = 'search-c1'")[0],
    ):
        assert (run.name, run.role, run.framework, run.status) == (
            "Ridge",
            "candidate",
            "sklearn",
            "finished",
        )
        assert run.params == {"alpha": 1, "shape": (1, 2)} and run.changed == ["alpha"]
        assert run.metrics == {"valid/score": 0.7} and run.tags == {"stage": "dev"}
        assert (run.started, run.stopped, run.duration) == (101.0, 103.0, 2.0)
        series = run.series("valid/score")
        assert (list(series.steps), list(series.values), list(series.times)) == (
            [0, 1],
            [0.6, 0.7],
            [102.0] * 2,
        )
        assert not len(run.series("other"))
        assert run.path == store.run_folder("search") and run.parent == run.holder == Run(store, "search")
        assert not run.children and run.damage == [] and run.datasets == []
    parent = Run(store, "search")
    assert parent.holder is None and ids(parent.children) == ["search-c0", "search-c1", "search-c2"]
    assert parent.metrics == {}
    writer.close()


def test_search_and_order_look_into_children(store: Store, make_search: Search) -> None:
    make_search()
    found = search_runs("params.alpha >= 1", order_by="metrics.`valid/score` desc", store=store)
    assert ids(found) == ["search-c2", "search-c1"]
    assert ids(search_runs("parent = 'search' and metrics.`valid/score`.min < 0.55", store=store)) == [
        "search-c0"
    ]
    assert ids(search_runs("parent is null", store=store)) == ["search"]
    assert ids(search_runs("tags.stage = 'dev' and duration < 3", store=store, limit=2)) == [
        "search-c2",
        "search-c1",
    ]
    assert list(found.to_pandas()["params.alpha"]) == [2, 1]


def test_a_child_written_later_is_found_when_its_holder_is_looked_at(
    store: Store, make_search: Search
) -> None:
    writer = make_search(status=None)
    held = search_runs("role is null or id = 'search-c0'" if False else "id = 'search-c0'", store=store)[0]
    assert len(search_runs(store=store)) == 4
    add_candidate(writer, "late", 9, parent="search")
    assert ids(search_runs("params.alpha = 9", store=store)) == ["late"]
    writer.child("search-c0", [("points", {"values": {"rank": [[0, None, 1.0]]}})])
    assert held.metrics["rank"] == 1.0
    assert ids(search_runs("metrics.rank = 1", store=store)) == ["search-c0"]
    writer.close()
    after = RunWriter(writer.folder)
    after.child("search-c1", [("tags", {"values": {"late": True}})])
    assert ids(search_runs("tags.late = true", store=store)) == ["search-c1"]
    after.close()


def test_only_what_changed_is_written_to_the_index_again(
    store: Store, make_search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = make_search(status=None, candidates=20)
    assert len(search_runs(store=store)) == 21
    writer.child("search-c7", [("tags", {"values": {"new": 1}})])
    written: list[str] = []
    from fitscribe.reading.index_tables import _Writing

    replace = _Writing._replace
    monkeypatch.setattr(
        _Writing,
        "_replace",
        lambda self, run_id, *rest: (written.append(run_id), replace(self, run_id, *rest))[1],
    )
    assert ids(search_runs("tags.new = 1", store=store)) == ["search-c7"]
    assert "search-c7" in written and set(written) <= {"search", "search-c7"}
    writer.close()


def test_a_settled_holder_is_not_read_again(
    store: Store, make_search: Search, make_old: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_search()
    make_old(store.run_folder("search"))
    search_runs(store=store)

    def refuse(*_: Any) -> None:
        raise AssertionError("read again")

    from fitscribe.reading import holder, look

    monkeypatch.setattr(look, "read_run", refuse)
    monkeypatch.setattr(holder, "look_at", refuse)
    assert [run.params["alpha"] for run in search_runs("parent = 'search'", store=store)] == [2, 1, 0]


def test_the_holder_is_read_once_for_all_of_its_children(
    store: Store, make_search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fitscribe.reading import holder

    writer = make_search(status=None, candidates=10)
    looks: list[Path] = []
    look_at = holder.look_at
    monkeypatch.setattr(holder, "look_at", lambda folder: (looks.append(folder), look_at(folder))[1])
    found = search_runs("parent = 'search'", store=store)
    assert sorted(run.params["alpha"] for run in found) == list(range(10)) and len(looks) == 1
    assert [run.status for run in found] == ["finished"] * 10 and len(looks) == 1
    writer.child("search-c0", [("params", {"values": {"alpha": 77}})])
    assert Run(store, "search-c0").params["alpha"] == 77
    assert {run.params["alpha"] for run in found} == {77, *range(1, 10)} and len(looks) == 3
    writer.close()


def test_a_prefix_finds_children_and_is_ambiguous_with_them(store: Store, make_search: Search) -> None:
    make_search()
    assert get_run("search-c2", store=store).id == "search-c2"
    assert get_run("search", store=store).id == "search"
    with pytest.raises(AmbiguousRun) as error:
        get_run("search-c", store=store)
    assert error.value.candidates == ["search-c0", "search-c1", "search-c2"]
    with pytest.raises(RunNotFound):
        get_run("nothing", store=store)
    assert ids_in(store, "search-c") == error.value.candidates and len(ids_in(store)) == 4
    assert (holder_of(store, "search-c1"), holder_of(store, "search"), holder_of(store, "x")) == (
        "search",
        None,
        None,
    )


def test_latest_is_a_training_not_a_part_of_one(store: Store, make_search: Search, make_run: MakeRun) -> None:
    make_run(run_id="old", started=50.0)
    writer = make_search(candidates=0, status=None)
    add_candidate(writer, "newest", parent="search", time=4_000_000_000.0)
    add_candidate(writer, "fold", parent="search", time=4_000_000_000.0, role="fold")
    assert get_run("latest", store=store).id == "search"
    add_candidate(writer, "within", parent="search", time=4_000_000_000.0, role="training")
    assert get_run("latest", store=store).id == "within"
    writer.close()


def test_children_of_children_form_a_tree(store: Store, make_search: Search, make_run: MakeRun) -> None:
    writer = make_search(candidates=1, status=None)
    child = ChildWriter(writer, "inner")
    child.event("run", id="inner", name="inner", parent="search-c0", role="training")
    add_candidate(child, "deep", parent="inner")
    child.event("end", status="finished", error=None)
    writer.close()
    make_run(run_id="own", parent="inner")
    assert ids(Run(store, "search-c0").children) == ["inner"]
    assert sorted(ids(Run(store, "inner").children)) == ["deep", "own"]
    deep = get_run("deep", store=store)
    assert deep.parent is not None and deep.parent.parent is not None
    assert (deep.parent.id, deep.parent.parent.id, deep.holder) == (
        "inner",
        "search-c0",
        Run(store, "search"),
    )
    assert Run(store, "own").parent == Run(store, "inner") and Run(store, "own").holder is None
    assert numbers_of_children(store) == {"search": 1, "search-c0": 1, "inner": 2}
    assert set(ids(everyone_in(store))) == {"search", "search-c0", "inner", "deep", "own"}


def test_the_status_of_a_child_without_an_end(store: Store, make_search: Search) -> None:
    writer = make_search(status=None)
    ChildWriter(writer, "open").event("run", id="open", name="open", parent="search")
    run = get_run("open", store=store)
    assert run.status == "running" and run.duration is not None and run.stopped is None
    assert ids(search_runs("status = 'running'", store=store)) == ["open", "search"]
    writer.close()
    assert run.status == "crashed" and run.stopped is not None
    assert ids(search_runs("status = 'crashed'", store=store)) == ["open", "search"]


def test_models_and_artifacts_lie_in_the_holders_folder(
    store: Store, make_search: Search, tmp_path: Path
) -> None:
    writer = make_search(status=None)
    child = ChildWriter(writer, "search-c1")
    path = child.artifact("model/model.pkl")
    saved = models.save_pickle({"coef": 1}, path, bound_to=models.binding("search-c1", "model"))
    relative = path.relative_to(writer.folder).as_posix()
    child.event("model", name="model", path=relative, format="pickle", size=saved.size, mac=saved.mac)
    child.event("artifact", name="m", kind="matrix", data={"a": [1]})
    child.event("model", name="evil", path="../../../x", format="pickle", size=1, mac=None)
    writer.close()
    run = get_run("search-c1", store=store)
    assert run.load_model() == {"coef": 1}
    assert [each["path"] for each in run.models] == ["artifacts/search-c1/model/model.pkl", None]
    assert (run.path / relative).is_file() and run.artifacts[0]["data"] == {"a": [1]}
    with pytest.raises(models.UntrustedModel, match="not in the run's folder"):
        run.load_model("evil")
    with pytest.raises(LookupError, match="search-c1"):
        get_run("search", store=store).load_model()


def test_a_group_shows_its_only_training_though_that_is_kept_within(store: Store, make_run: MakeRun) -> None:
    make_run("group", run_id="group", role="group", status=None)
    writer = RunWriter(store.run_folder("group"))
    add_candidate(writer, "only", 3, parent="group", role="training")
    child = ChildWriter(writer, "only")
    path = child.artifact("model/model.pkl")
    saved = models.save_pickle([1], path, bound_to=models.binding("only", "model"))
    relative = path.relative_to(writer.folder).as_posix()
    child.event("model", name="model", path=relative, format="pickle", size=saved.size, mac=saved.mac)
    group = search_runs(store=store)[0]
    assert (group.id, group.params["alpha"], len(group.series("valid/score"))) == ("group", 3, 2)
    assert ids(search_runs(store=store)) == ["group"] and group.load_model() == [1]
    assert group.models[0]["path"] == relative
    (document,) = export([group], "json", series=True)
    assert document["only_training"] == "only" and document["series"]["valid/score"]["values"] == [
        0.8,
        0.6 + 3 / 10,
    ]
    writer.close()


def test_a_sweep_shows_no_training_as_its_own(store: Store, make_search: Search, make_run: MakeRun) -> None:
    writer = make_search("sweep", candidates=0, role="sweep", status=None)
    add_candidate(writer, "one", 1, parent="sweep", role="training")
    writer.close()
    assert search_runs("id = 'sweep'", store=store)[0].params == {}
    make_run("block", run_id="block", role="group")
    inner = make_search("inner", candidates=0, role="sweep", parent="block", status=None)
    add_candidate(inner, "two", 1, parent="inner", role="training")
    inner.close()
    assert search_runs("id = 'block'", store=store)[0].params == {}
    assert {"sweep", "one", "block", "inner", "two"} == set(ids(search_runs(store=store)))


def test_compare_and_export(store: Store, make_search: Search) -> None:
    make_search()
    runs = search_runs("parent = 'search'", order_by="started asc", store=store)
    assert compare(runs[:2]).params == {"alpha": {"search-c0": 0, "search-c1": 1}}
    document, other = export(runs[:2], "json", series=True)
    assert (document["parent"], document["holder"], document["role"]) == ("search", "search", "candidate")
    assert document["series"] == {
        "valid/score": {"steps": [0, 1], "values": [0.5, 0.6], "times": [101.0, 101.0]}
    }
    assert json.loads(json.dumps(other))["params"]["alpha"] == 1
    table = export(runs, "csv").splitlines()
    assert len(table) == 4 and "search-c2" in table[3] and "params.alpha" in table[0]


def test_a_removed_holder_takes_its_children_along(store: Store, make_search: Search) -> None:
    make_search()
    assert len(search_runs(store=store)) == 4
    store.trash(["search"])
    assert not search_runs(store=store) and not ids_in(store)
    assert not Run(store, "search-c0").params
    store.restore(["search"])
    assert len(search_runs(store=store)) == 4
    store.trash(["search"])
    store.purge()
    assert not search_runs(store=store)


def test_an_id_that_is_taken_is_not_taken_twice(store: Store, make_search: Search, make_run: MakeRun) -> None:
    make_search(status="finished")
    copy = make_search("copy", candidates=0, status=None)
    add_candidate(copy, "search-c0", 7, parent="copy")
    copy.close()
    make_run("own", run_id="search-c1")
    found = {run.id: run for run in search_runs(store=store)}
    assert len(found) == 5 and found["search-c0"].holder is not None
    assert found["search-c1"].name == "own" and found["search-c1"].holder is None
    make_run("own", run_id="search-c2")
    assert {run.id: run.name for run in search_runs(store=store)}["search-c2"] == "own"


def test_damage_of_one_child_stays_with_it(store: Store, make_search: Search) -> None:
    writer = make_search()
    file = next(writer.folder.glob("w-*.jsonl"))
    file.write_text(file.read_text().replace('"alpha":1', '"alpha":1},"more":{"x":1').replace('"step', '"s'))
    text = file.read_text().splitlines()
    place = next(number for number, line in enumerate(text) if '"id":"search-c2"' in line)
    text[place] = text[place].replace('"events":[', '"events":[5,')
    file.write_text("\n".join(text) + "\n")
    found = {run.id: run for run in search_runs(store=store)}
    assert found["search-c2"].damage == ["a part of a line cannot be read"]
    assert found["search-c2"].params["alpha"] == 2
    assert found["search"].damage == found["search-c0"].damage == []


def test_the_index_can_be_made_anew(
    store: Store, make_search: Search, make_old: Callable[[Path], None]
) -> None:
    make_search()
    make_old(store.run_folder("search"))
    before = [run.params for run in search_runs(store=store)]
    index.index_file(store).unlink()
    assert [run.params for run in search_runs(store=store)] == before


def test_a_run_that_joined_a_sweep_is_its_child(store: Store, make_run: MakeRun, make_search: Search) -> None:
    make_search("sweep", candidates=0, role="sweep")
    first = make_run(run_id="first", events=[("joined", {"parent": "sweep"}), ("renamed", {"name": "new"})])
    assert ids(Run(store, "sweep").children) == [first]
    run = Run(store, first)
    assert run.parent == Run(store, "sweep") and run.name == "new"


def test_children_of_a_run_that_is_not_there(store: Store) -> None:
    assert not children_of(Run(store, "nobody")) and Run(store, "nobody").holder is None


@pytest.mark.parametrize("query", [None, 5, ["params.C > 1"], b"x"])
def test_a_filter_that_is_no_text_is_named(store: Store, query: Any) -> None:
    with pytest.raises(TypeError, match=f"a filter is text, .* not {type(query).__name__}"):
        search_runs(query, store=store)
