"""Where the store is, which ids are ids, the trash, and what is wrong with a store."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fitscribe.store import RunWriter, Store, read_run

# -- where it is


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("FITSCRIBE_STORE")
    return home


def located_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    return Store.locate().root


def test_the_store_is_at_the_root_of_the_project(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = home / "project"
    inner = project / "src" / "deep"
    assert located_from(inner, monkeypatch) == inner / ".fitscribe"
    (project / ".git").mkdir()
    assert located_from(inner, monkeypatch) == project / ".fitscribe"
    (project / "src" / "pyproject.toml").write_text("")
    assert located_from(inner, monkeypatch) == project / "src" / ".fitscribe"
    assert not list(home.rglob(".fitscribe"))


def test_the_home_folder_and_what_is_above_are_no_project(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".git").mkdir()
    (home.parent / "pyproject.toml").write_text("")
    assert located_from(home / "notes", monkeypatch) == home / "notes" / ".fitscribe"
    assert located_from(home, monkeypatch) == home / ".fitscribe"
    elsewhere = home.parent / "elsewhere"
    assert located_from(elsewhere / "a", monkeypatch) == elsewhere / "a" / ".fitscribe"
    (elsewhere / ".git").write_text("gitdir: ...")  # a worktree
    assert located_from(elsewhere / "a", monkeypatch) == elsewhere / ".fitscribe"


def test_a_path_beats_the_variable_and_the_variable_the_project(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("FITSCRIBE_STORE", "relative")
    store = Store.locate()
    assert store.root == home / "relative"
    assert Store.locate("~/other").root == home / "other"
    assert Store.locate(home / "path").root == home / "path"
    monkeypatch.setenv("FITSCRIBE_STORE", "")
    assert Store.locate().root == home / ".fitscribe"
    monkeypatch.chdir(home.parent)
    assert store.root == home / "relative"
    assert store == Store(home / "relative") and hash(store) == hash(Store(home / "relative"))


@pytest.mark.skipif(os.name == "nt", reason="Windows does not delete the working directory of a process")
def test_a_working_directory_that_is_gone_raises_nothing(
    tmp_path: Path, script: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    script(
        "import os, shutil, sys\n"
        "from fitscribe.store import Store\n"
        "os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); shutil.rmtree(sys.argv[1])\n"
        "del os.environ['FITSCRIBE_STORE']\n"
        "print(Store.locate().root)\n",
        tmp_path / "gone",
    )


# -- ids


@pytest.mark.parametrize(
    "bad", ["", ".", "..", "../x", "a/b", "a\\b", "a.b", "-a", "a\n", "a" * 65, "ä", "a\0"]
)
def test_what_could_leave_the_store_is_no_id(store: Store, bad: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.run_folder(bad),
        lambda: store.launch_folder(bad),
        lambda: store.trash([bad]),
        lambda: store.restore([bad]),
        lambda: store.purge([bad]),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="not a run or launch id"):
            call()


def test_what_is_no_run_is_not_listed(store: Store) -> None:
    assert (store.run_ids(), store.trashed_ids(), store.purge(), store.health()) == ([], [], [], [])
    make(store, "a")
    (store.root / "runs" / "file").write_text("x")
    (store.root / "runs" / ".hidden").mkdir()
    assert store.run_ids() == ["a"]


# -- trash


def make(store: Store, run_id: str, parent: str | None = None, launch: str = "launch1") -> Path:
    writer = RunWriter(store.run_folder(run_id))
    writer.event("run", id=run_id, parent=parent, launch=launch)
    writer.point("x", 1.0)
    writer.event("end", status="finished", error=None)
    writer.close()
    store.launch_folder(launch).mkdir(parents=True, exist_ok=True)
    return writer.folder


@pytest.fixture
def family(store: Store) -> Store:
    make(store, "top")
    make(store, "child1", "top")
    make(store, "child2", "top")
    make(store, "grandchild", "child1")
    make(store, "other", launch="launch2")
    return store


def test_children_go_along_into_the_trash_and_back(family: Store) -> None:
    content = {file: file.read_bytes() for file in family.root.rglob("w-*")}
    everyone = {"top", "child1", "child2", "grandchild"}
    assert set(family.trash(["top", "missing", "top"])) == everyone
    assert (family.run_ids(), set(family.trashed_ids())) == (["other"], everyone)
    assert family.trash(["top"]) == []
    assert set(family.restore(["child1"])) == {"child1", "grandchild"}
    assert set(family.restore(["top"])) == {"top", "child2"}
    assert family.trashed_ids() == []
    assert {file: file.read_bytes() for file in family.root.rglob("w-*")} == content


def test_purging_deletes_what_is_in_the_trash_only(family: Store) -> None:
    family.trash(["child1"])
    assert family.purge(["top", "other"]) == []
    assert set(family.purge(["child1"])) == {"child1", "grandchild"}
    assert set(family.run_ids()) == {"top", "child2", "other"}
    family.trash(["child2", "other"])
    assert set(family.purge()) == {"child2", "other"}
    assert family.trashed_ids() == []


def test_a_launch_goes_with_its_last_run(family: Store, script: Callable[..., object]) -> None:
    # The runs were made by this process, which lives and could go on: their launches stay.
    family.trash(["other"])
    family.purge()
    assert family.launch_folder("launch2").exists()
    forget_writers(family)
    family.trash(["child1"])
    family.purge()
    assert family.launch_folder("launch1").exists()
    family.trash(["top"])
    assert family.launch_folder("launch1").exists()
    family.purge()
    assert not family.launch_folder("launch1").exists()
    (finding,) = family.health()
    assert (finding.where, finding.problem) == ("launches/launch2", "no run belongs to this launch")


def forget_writers(store: Store) -> None:
    """Make the runs look as if a process had written them that is gone."""
    for file in store.root.rglob("w-*.jsonl"):
        file.write_bytes(file.read_bytes().replace(b'"start":', b'"start":1', 1))


def test_a_launch_id_that_climbs_deletes_nothing(store: Store) -> None:
    make(store, "a")
    (store.root / "precious").mkdir()
    forget_writers(store)
    (file,) = store.run_folder("a").glob("w-*.jsonl")
    file.write_bytes(file.read_bytes().replace(b'"launch1"', b'"../precious"'))
    store.trash(["a"])
    store.purge()
    assert (store.root / "precious").exists()


def test_runs_that_are_each_others_parents(store: Store) -> None:
    make(store, "a", "b")
    make(store, "b", "a")
    assert set(store.trash(["a"])) == {"a", "b"}


# -- health


def test_a_good_store_has_nothing_wrong_with_it(family: Store) -> None:
    assert family.health() == []


def test_what_is_wrong_is_named_with_a_remedy(store: Store) -> None:
    make(store, "a")
    (store.root / ".gitignore").unlink()
    store.run_folder("empty").mkdir()
    shutil.rmtree(store.root / "launches")
    assert {finding.where for finding in store.health()} == {".gitignore", "runs/empty"}
    assert all(finding.remedy for finding in store.health())
    assert read_run(store.run_folder("empty")).status == "crashed"


def test_the_store_is_ignored_by_git(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    subprocess.run(["git", "init", "-q", str(tmp_path / "project")], check=True)
    make(Store(tmp_path / "project" / ".fitscribe"), "a")
    status = ["git", "-C", str(tmp_path / "project"), "status", "--porcelain", "--untracked-files=all"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""
