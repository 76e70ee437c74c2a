"""The index: what is read again and what is not, and what happens where it cannot be kept."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fitscribe.reading import index, search_runs
from fitscribe.store import RunWriter, Store

from .conftest import MakeRun, write_run

MakeOld = Callable[[Path], None]


def values(store: Store) -> dict[str, float]:
    return {run.id: run.metrics["m"] for run in search_runs(store=store)}


def change_in_place(folder: Path, old: str, new: str) -> None:
    """Change a file as nobody does, so that only who reads it again can tell."""
    stamp = folder.stat().st_mtime_ns
    (file,) = folder.glob("w-*.jsonl")
    file.write_text(file.read_text().replace(old, new))
    os.utime(folder, ns=(stamp, stamp))


def test_a_sealed_run_is_read_once(store: Store, make_run: MakeRun, make_old: MakeOld) -> None:
    run = make_run(params={"p": "first"})
    make_old(store.run_folder(run))
    assert search_runs()[0].params == {"p": "first"}
    change_in_place(store.run_folder(run), "first", "other")
    assert search_runs("params.p = 'first'")[0].params == {"p": "first"}
    os.utime(store.run_folder(run))
    assert search_runs("params.p = 'other'")[0].params == {"p": "other"}


def test_a_run_that_has_just_changed_is_read_again(store: Store, make_run: MakeRun) -> None:
    run = make_run(params={"p": "first"})
    assert len(search_runs("params.p = 'first'")) == 1
    # Within one tick of the file system's clock the folder's time cannot tell.
    change_in_place(store.run_folder(run), "first", "other")
    assert len(search_runs("params.p = 'other'")) == 1


def test_an_open_run_is_read_afresh(store: Store, make_old: MakeOld) -> None:
    writer = RunWriter(store.run_folder("open"))
    writer.event("run", id="open", name="open", role="training")
    for number in range(3):
        writer.point("m", float(number))
        make_old(store.run_folder("open"))
        (run,) = search_runs(f"metrics.m = {number} and status = 'running'")
        writer.event("tags", values={"seen": number})
        assert (run.metrics["m"], run.tags) == (number, {"seen": number})
    writer.event("end", status="finished", error=None)
    writer.close()
    assert [each.status for each in search_runs("status = 'finished' and tags.seen = 2")] == ["finished"]


def test_a_look_may_be_a_moment_old(store: Store, make_run: MakeRun, make_old: MakeOld) -> None:
    def seen(age: float) -> dict[str, str]:
        found = index.ask(
            store, lambda connection: connection.execute("SELECT id, name FROM runs").fetchall(), age=age
        )
        return dict(found)

    over = make_run("over")
    make_old(store.run_folder(over))
    make_old(store.root / "runs")
    writer = RunWriter(store.run_folder("open"))
    writer.event("run", id="open", name="open", role="training")
    make_old(store.root / "runs")
    assert seen(0.0) == {over: "over", "open": "open"}
    writer.event("renamed", name="renamed")
    later = RunWriter(store.run_folder(over))
    later.event("renamed", name="late")
    later.close()
    assert seen(60.0) == {over: "over", "open": "open"}, "nobody has looked"
    assert seen(1e-9) == {over: "late", "open": "renamed"}, "all is too old"
    writer.event("renamed", name="again")
    make_run("new")
    assert "new" in seen(1e-9).values(), "another run changes the folder of runs"
    writer.close()


def test_changes_are_numbered(store: Store, make_run: MakeRun) -> None:
    def changes() -> tuple[int, int]:
        row: tuple[int, int] = index.ask(
            store, lambda connection: connection.execute("SELECT last, structural FROM changes").fetchone()
        )
        return row

    assert changes() == (0, 0)
    run = make_run()
    first = changes()
    assert first[0] == first[1] > 0 and changes() == first
    later = RunWriter(store.run_folder(run))
    later.event("notes", text="later")
    later.close()
    second = changes()
    assert second[0] > first[0] and second[1] == first[1]
    store.trash([run])
    assert changes()[1] > second[0]


def test_additions_after_the_end_are_seen(store: Store, make_run: MakeRun, make_old: MakeOld) -> None:
    run = make_run(tags={"stage": "dev"})
    make_old(store.run_folder(run))
    (found,) = search_runs("tags.stage = 'dev'")
    assert found.tags == {"stage": "dev"}
    later = RunWriter(store.run_folder(run))
    later.event("tags", values={"stage": "prod"})
    later.close()
    assert found.tags == {"stage": "prod"}
    assert len(search_runs("tags.stage = 'dev'")) == 0
    assert len(search_runs("tags.stage = 'prod'")) == 1


def test_trash_and_restore_are_seen(store: Store, make_run: MakeRun) -> None:
    kept, moved = make_run(metrics={"m": 1.0}), make_run(metrics={"m": 2.0})
    assert values(store) == {kept: 1.0, moved: 2.0}
    store.trash([moved])
    assert values(store) == {kept: 1.0}
    store.restore([moved])
    assert values(store) == {kept: 1.0, moved: 2.0}
    shutil.rmtree(store.root)
    assert values(store) == {}


def break_with(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)


def forget_a_table(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE metrics")
    connection.close()


def make_foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: break_with(path, b"this is no database, but text" * 1000),
        lambda path: break_with(path, b""),
        lambda path: break_with(path, path.read_bytes()[:5000]),
        damage,
        forget_a_table,
        make_foreign,
        Path.unlink,
    ],
    ids=["text", "empty", "cut", "damaged", "table", "version", "gone"],
)
def test_a_spoilt_index_is_made_anew(
    store: Store, make_run: MakeRun, make_old: MakeOld, spoil: Callable[[Path], None]
) -> None:
    wanted = {}
    for number in range(30):
        run = make_run(f"run {number}", metrics={"m": float(number)}, params={"long": "x" * 500})
        wanted[run] = float(number)
        make_old(store.run_folder(run))
    assert values(store) == wanted
    path = index.index_file(store)
    assert path.is_file()
    spoil(path)
    assert values(store) == wanted
    best = search_runs("metrics.m >= 10", order_by="metrics.m desc")
    assert [run.metrics["m"] for run in best] == [float(n) for n in range(29, 9, -1)]


@pytest.mark.parametrize("blocked", ["file", "folder"])
def test_without_a_cache_folder_the_index_is_in_memory(
    store: Store, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blocked: str
) -> None:
    if blocked == "file":
        (tmp_path / "blocked").write_text("")
        monkeypatch.setenv("FITSCRIBE_CACHE", str(tmp_path / "blocked"))
    else:
        index.index_file(store).mkdir(parents=True)
    first = make_run(metrics={"m": 1.0})
    assert values(store) == {first: 1.0}
    second = make_run(metrics={"m": 2.0})
    assert values(store) == {first: 1.0, second: 2.0}
    assert not index.index_file(store).is_file()


def test_a_locked_index_is_done_without(
    store: Store, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_run(metrics={"m": 1.0})
    assert values(store) == {first: 1.0}
    monkeypatch.setattr(index, "_PATIENCE_S", 0.02)
    holder = sqlite3.connect(index.index_file(store), isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    second = make_run(metrics={"m": 2.0})
    assert values(store) == {first: 1.0, second: 2.0}
    holder.execute("ROLLBACK")
    holder.close()
    assert values(store) == {first: 1.0, second: 2.0}


SEARCH = """
import sys
from fitscribe.reading import search_runs
for _ in range(15):
    runs = search_runs(order_by="metrics.m desc")
    values = [run.metrics["m"] for run in runs]
    assert len(values) >= 150 and values == sorted(values, reverse=True), values
print(len(search_runs()))
"""


def test_many_readers_build_one_index_while_runs_come_in(store: Store) -> None:
    for number in range(150):
        write_run(store, metrics={"m": float(number)})
    readers = [
        subprocess.Popen([sys.executable, "-c", SEARCH], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for number in range(30):
        write_run(store, metrics={"m": number / 7})
    for reader in readers:
        output, _ = reader.communicate(timeout=120)
        assert reader.returncode == 0
        assert 150 <= int(output) <= 180
    assert len(search_runs(store=store)) == 180


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_reader_killed_in_the_middle_leaves_an_index_for_the_next(store: Store) -> None:
    for number in range(100):
        write_run(store, metrics={"m": float(number)})
    script = (
        "from fitscribe.reading import index, search_runs\n"
        "from fitscribe.store import Store\n"
        "place = Store.locate()\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    search_runs(); index.index_file(place).unlink()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    while not list(index.cache_folder().glob("*-journal")) and process.poll() is None:
        continue
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(values(store)) == 100


def test_a_forked_child_has_an_index_of_its_own(
    store: Store, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    (tmp_path / "blocked").write_text("")
    monkeypatch.setenv("FITSCRIBE_CACHE", str(tmp_path / "blocked"))
    make_run(metrics={"m": 1.0})
    assert len(search_runs()) == 1
    pid = os.fork()
    if pid == 0:
        os._exit(0 if len(search_runs("metrics.m = 1")) == 1 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_stores_do_not_share_an_index(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in "ab"]
    for number, store in enumerate(stores):
        write_run(store, metrics={"m": float(number)})
    for _ in range(2):
        assert [list(values(store).values()) for store in stores] == [[0.0], [1.0]]


def test_strange_entries_among_the_runs_are_no_runs(store: Store, make_run: MakeRun, tmp_path: Path) -> None:
    run = make_run(metrics={"m": 1.0})
    folder = store.root / "runs"
    (folder / "a file").write_text("")
    (folder / "file").write_text("")
    (folder / "..hidden").mkdir()
    (folder / "linked").symlink_to(tmp_path, target_is_directory=True)
    (folder / ("x" * 100)).mkdir()
    assert values(store) == {run: 1.0}


def test_a_thousand_runs(store: Store) -> None:
    for number in range(1100):
        write_run(store, f"run {number}", params={"n": number}, metrics={"m": number / 3})
    best = search_runs("params.n < 1000 and metrics.m > 300", order_by="metrics.m desc", limit=10)
    assert [run.params["n"] for run in best] == list(range(999, 989, -1))
    assert len(search_runs()) == 1100
    assert repr(search_runs()).endswith("and 1080 more")
    assert len(search_runs()[10:20]) == 10
