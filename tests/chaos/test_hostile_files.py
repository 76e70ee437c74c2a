"""Names that lead out of a store, and things that are no files in their place: nothing else is touched."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.ui.conftest import serving

import fitscribe
from fitscribe.cli import main
from fitscribe.models import ModelNotLoadable, UntrustedModel
from fitscribe.reading import export, get_run, search_runs
from fitscribe.store import Store, is_valid_id
from fitscribe.store.plain_file import read_plain

from .hostile import artifact_event, model_event, run_of, special_files, write_raw

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and links are POSIX's")

NAMES = [
    "..",
    "../x",
    "../../etc",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "..\\x",
    "C:\\x",
    "C:x",
    "a\0b",
    "a.",
    "a..",
    " a",
    "a\n",
    "-rf",
    "--yes",
    "",
    ".",
    "~",
    "a" * 65,
    "\u202ea",
    "é",
    "CON:",
]
PATHS = [
    "../../../outside/secret",
    "/etc/passwd",
    "artifacts/../../../../outside/secret",
    "artifacts/up/../../outside/secret",
    "artifacts\0",
    "artifacts/" + "../" * 2000 + "etc/passwd",
    "x" * 100_000,
    "artifacts/zero",
    "artifacts/loop",
    "artifacts/dangling",
    "artifacts/pipe",
    "artifacts/socket",
    "artifacts/up",
    "artifacts",
    ".",
    "..",
    5,
    ["artifacts"],
    {"a": 1},
    None,
]


@pytest.fixture
def outside(own_store: Path) -> Iterator[Path]:
    """What lies beside the store, and is the same after the test."""
    folder = own_store.parent / "outside"
    (folder / "Documents").mkdir(parents=True)
    (folder / "secret").write_text("secret")
    (folder / "Documents" / "thesis").write_text("years of work")
    before = listing(folder)
    yield folder
    assert listing(folder) == before


def listing(folder: Path) -> dict[str, str]:
    return {str(path): path.read_text() if path.is_file() else "" for path in sorted(folder.rglob("*"))}


def read_all(store: Store) -> str:
    """Everything that reads, as one text."""
    runs = list(search_runs(store=store))
    texts = [json.dumps(export(runs, "json", series=True)), export(runs, "csv")]
    for run in runs:
        texts += [repr(run.artifacts), repr(run.models), repr(run.source), run._repr_html_()]
    return "".join(texts)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_id_is_none(own_store: Path, outside: Path, name: str) -> None:
    store = Store(own_store)
    assert not is_valid_id(name)
    for act in (
        store.run_folder,
        store.launch_folder,
        lambda text: store.trash([text]),
        lambda text: store.purge([text]),
    ):
        with pytest.raises(ValueError, match="not a run or launch id"):
            act(name)
    run_of(store, "run", parent=name, launch=name, joined=name)
    write_raw(
        store.run_folder("holder"), {"event": "child", "id": name, "events": [{"event": "run", "id": name}]}
    )
    assert "secret" not in read_all(store)
    assert store.trash(["run", "holder"]) == ["run", "holder"]
    assert sorted(store.purge()) == ["holder", "run"]


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a\\b", "C:\\x", "a\0b", "..", ".", "", "a/../../b"])
def test_an_artifact_is_written_below_its_run_alone(own_store: Path, outside: Path, name: str) -> None:
    with fitscribe.start_run() as run:
        run.log_metric("loss", 1.0)
        before = {path for path in own_store.parent.rglob("*") if path.is_file()}
        for log in (
            lambda: run.log_text("x", name),
            lambda: run.log_dict({}, name),
            lambda: run.log_model([1], name),
        ):
            with contextlib.suppress(ValueError, TypeError):
                log()
    made = {path for path in own_store.parent.rglob("*") if path.is_file()} - before
    assert all(path.is_relative_to(run.path / "artifacts") for path in made)
    # With its ending, a name of dots is one like any other.
    assert len(made) == {".": 3, "..": 2}.get(name, 0)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: repr(path)[:40])
def test_no_record_leads_out(own_store: Path, outside: Path, path: Any) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", artifact_event(path), model_event(path), model_event(path, "onnx", "graph"))
    special_files(folder / "artifacts")
    run = get_run("run", store=store)
    for name in ("model", "graph"):
        with pytest.raises((UntrustedModel, ModelNotLoadable, OSError)):
            run.load_model(name, trust=True)
    assert "secret" not in read_all(store)


def test_the_browser_view_waits_for_no_pipe(own_store: Path, outside: Path) -> None:
    pytest.importorskip("starlette")
    store = Store(own_store)
    events = [artifact_event(path, f"a{place}") for place, path in enumerate(PATHS)]
    special_files(run_of(store, "run", *events) / "artifacts")
    with serving(store) as (_, client):
        for place in range(len(PATHS)):
            for what in ("file", "preview"):
                for entry in ("", "pipe", "zero", "loop", "up/secret", "../../../outside/secret"):
                    answer = client.answer(f"runs/run/{what}", name=f"a{place}", entry=entry)
                    assert answer.status in (200, 404), (PATHS[place], what, entry, answer.content)
                    assert b"secret" not in answer.content
        assert client.answer("runs/run").status == 200


def test_what_is_no_file_in_the_place_of_a_record(own_store: Path) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", {"event": "params", "values": {"C": 1}})
    for number, special in enumerate(special_files(store.root / "special")):
        for ending in ("jsonl", "bin"):
            place = folder / f"w-special-{number}-0-0.{ending}"
            if special.is_symlink():
                place.symlink_to(os.readlink(special))
            else:
                os.link(special, place)
    (folder / "w-folder-1-1-0.jsonl").mkdir()
    run = get_run("run", store=store)
    assert run.params == {"C": 1} and run.status == "finished"
    said = "\n".join(run.damage)
    assert said.count("it is no plain file") >= 4 and said.count("it is a link, and none is followed") >= 4
    assert main(["doctor", "--fast", "--store", str(store.root)]) == 1
    store.trash(["run"])
    assert store.purge() == ["run"]


def test_what_is_no_file_in_the_place_of_a_launch(own_store: Path, outside: Path) -> None:
    store = Store(own_store)
    names = ("launch.json", "environment.json", "source.diff", "script.txt")
    for number, special in enumerate(special_files(store.root / "special")):
        launch = store.launch_folder(f"launch{number}")
        launch.mkdir(parents=True)
        for name in names:
            if special.is_symlink():
                (launch / name).symlink_to(os.readlink(special))
            else:
                os.link(special, launch / name)
        run_of(store, f"run{number}", launch=launch.name)
    (store.root / ".gitignore").unlink(missing_ok=True)
    os.mkfifo(store.root / ".gitignore")
    for name in names:
        (outside / name).write_text('{"source": {"path": "secret"}}')
    try:
        store.launch_folder("linked").symlink_to(outside, target_is_directory=True)
        run_of(store, "linked", launch="linked")
        assert "secret" not in read_all(store)
        assert main(["doctor", "--fast", "--store", str(store.root)]) == 1
    finally:
        for name in names:
            (outside / name).unlink()


def test_a_script_that_is_a_link_is_not_shown(own_store: Path, outside: Path) -> None:
    """It would be in a report that is sent back to whoever made the store."""
    store = Store(own_store)
    launch = store.launch_folder("launch")
    launch.mkdir(parents=True)
    (launch / "script.txt").symlink_to(outside / "secret")
    (launch / "source.diff").symlink_to(outside / "secret")
    run_of(store, "run", launch="launch")
    assert get_run("run", store=store).source == {}


def test_a_run_that_is_a_link_is_none(own_store: Path, outside: Path) -> None:
    store, elsewhere = Store(own_store), Store(outside.parent / "elsewhere")
    folder = run_of(elsewhere, "run", artifact_event("artifacts/x"), model_event("artifacts/x"))
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "x").write_text("secret")
    (store.root / "runs").mkdir(parents=True)
    store.run_folder("run").symlink_to(folder, target_is_directory=True)
    assert store.run_ids() == [] and len(search_runs(store=store)) == 0
    assert store.trash(["run"]) == [] and store.health()
    with pytest.raises((LookupError, UntrustedModel)):
        get_run("run", store=store).load_model(trust=True)
    shutil.rmtree(elsewhere.root)


# -- what deletes


def test_a_trash_that_is_a_link_is_not_emptied(
    own_store: Path, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(own_store)
    run_of(store, "run")
    (store.root / "trash").symlink_to(outside, target_is_directory=True)
    for arguments in (
        ("purge", "--yes"),
        ("purge", "Documents", "--yes"),
        ("restore", "Documents"),
        ("rm", "run", "--yes"),
    ):
        assert main([*arguments, "--store", str(store.root)]) == 1
        assert "the trash of the store is a link" in capsys.readouterr().err
    assert store.run_ids() == ["run"]


def test_purge_follows_no_link(own_store: Path, outside: Path) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", launch="Documents")
    special_files(folder / "artifacts")
    (folder / "artifacts" / "outside").symlink_to(outside, target_is_directory=True)
    store.trash(["run"])
    (store.root / "trash" / "Documents").symlink_to(outside / "Documents", target_is_directory=True)
    (store.root / "launches").symlink_to(outside, target_is_directory=True)
    assert store.purge() == ["run"]
    assert os.listdir(store.root / "trash") == ["Documents"]


def test_a_run_that_was_moved_and_linked_keeps_its_launch(own_store: Path, tmp_path: Path) -> None:
    store = Store(own_store)
    moved = run_of(store, "moved", launch="shared")
    run_of(store, "run", launch="shared")
    store.launch_folder("shared").mkdir(parents=True)
    moved.rename(tmp_path / "archived")
    moved.symlink_to(tmp_path / "archived", target_is_directory=True)
    store.trash(["run"])
    assert store.purge() == ["run"]
    assert store.launch_folder("shared").exists()
    assert not [each for each in store.health() if "no run belongs" in each.problem]


def test_a_launch_that_is_a_link_stays_what_it_is(own_store: Path, outside: Path) -> None:
    store = Store(own_store)
    run_of(store, "run", launch="linked")
    (store.root / "launches").mkdir()
    store.launch_folder("linked").symlink_to(outside / "Documents", target_is_directory=True)
    store.trash(["run"])
    assert store.purge() == ["run"]


def test_what_a_run_has_made_read_only_does_not_lead_elsewhere(own_store: Path, outside: Path) -> None:
    """Restoring puts back what has the name of a run, wherever a file of the same name is."""
    store = Store(own_store)
    run_of(store, "run")
    store.trash(["run"])
    (store.root / "runs" / "run").symlink_to(outside, target_is_directory=True)
    with pytest.raises(OSError):  # which one depends on the system
        store.restore(["run"])
    assert store.trashed_ids() == ["run"]


# -- sizes


def test_a_file_of_holes_fills_no_memory(own_store: Path) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", {"event": "metrics", "first": 1, "names": ["loss"]})
    for name in ("w-evil-1-1-0.bin", "w-evil-2-1-0.jsonl"):
        with open(folder / name, "wb") as file:
            try:
                file.truncate(1 << 42)
            except OSError:
                pytest.skip("this file system has no files with holes")
    with pytest.raises(OSError, match="it claims to be far larger than it is"):
        read_plain(folder / "w-evil-1-1-0.bin")
    run = get_run("run", store=store)
    assert run.metrics == {} and len(run.series("loss")) == 0
    assert sum("it claims to be far larger than it is" in each for each in run.damage) == 2


def test_a_model_of_holes_is_refused(own_store: Path) -> None:
    store = Store(own_store)
    folder = run_of(store, "run", model_event("artifacts/m"), model_event("artifacts/m", "onnx", "graph"))
    (folder / "artifacts").mkdir()
    with open(folder / "artifacts" / "m", "wb") as file:
        try:
            file.truncate(1 << 42)
        except OSError:
            pytest.skip("this file system has no files with holes")
    with pytest.raises(OSError, match="it claims to be far larger than it is"):
        get_run("run", store=store).load_model()
