"""What is added to runs that are over: few files stay open, and a run gets one more pair of them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from tests.store.conftest import Script

from fitscribe.store import ChildWriter, RunWriter, Store, late, read_run, read_series


def ended(store: Store, run_id: str) -> RunWriter:
    writer = RunWriter(store.run_folder(run_id))
    writer.event("run", id=run_id)
    writer.event("end", status="finished", error=None)
    writer.close()
    return writer


def files(writer: RunWriter) -> list[str]:
    return sorted(path.name[-7:] for path in writer.folder.glob("w-*.jsonl"))


def sealed(writer: RunWriter) -> bool:
    return all(each.sealed for each in read_run(writer.folder).writers)


def test_many_runs_with_late_additions_need_few_descriptors(script: Script, store: Store) -> None:
    code = """
import resource, sys
from fitscribe.store import RunWriter, Store
resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80))
store = Store(sys.argv[1])
for number in range(300):
    writer = RunWriter(store.run_folder(f"run{number}"))
    writer.event("run", id=f"run{number}")
    writer.point("loss", 1.0)
    writer.event("end", status="finished", error=None)
    writer.close()
    writer.point("test/accuracy", 0.5)
    writer.event("tags", values={"late": True})
    writer.points({"test/accuracy": 0.75})
"""
    script(code, store.root)
    for number in (0, 150, 299):
        folder = store.run_folder(f"run{number}")
        record = read_run(folder)
        assert record.last["test/accuracy"].count == 2 and record.tags == {"late": True}
        assert len(record.writers) == 2 and all(writer.sealed for writer in record.writers)
        assert len(list(folder.iterdir())) == 4


def test_the_least_recently_used_writer_is_sealed(store: Store) -> None:
    writers = [ended(store, f"run{number}") for number in range(late._MOST + 1)]
    for writer in writers[:-1]:
        writer.event("notes", text="late")
    writers[0].point("m", 1.0)
    writers[-1].event("notes", text="late")
    assert [sealed(writer) for writer in writers] == [False, True, *[False] * (late._MOST - 1)]
    writers[1].event("notes", text="later")
    assert len(files(writers[1])) == 3 and read_run(writers[1].folder).notes == "later"
    assert sealed(writers[2])


@pytest.mark.parametrize("call", ["event", "child", "point", "points", "curves"])
def test_every_call_counts_as_use(store: Store, call: str) -> None:
    def use(writer: RunWriter) -> None:
        arguments = {"event": ("alive",), "child": ("c1", []), "point": ("m", 1.0), "points": ({"m": 1.0},)}
        getattr(writer, call)(*arguments.get(call, ({"m": (0, [1.0])},)))

    writers = [ended(store, f"run{number}") for number in range(late._MOST + 1)]
    for writer in writers:
        use(writers[0])
        use(writer)
    assert not sealed(writers[0]) and sealed(writers[1])


def test_a_run_that_ends_again_and_again_needs_no_further_files(store: Store) -> None:
    sweep = RunWriter(store.run_folder("sweep"))
    sweep.event("run", id="sweep")
    for number in range(3 * late._MOST):
        ChildWriter(sweep, f"c{number}").event("run", id=f"c{number}")
        sweep.event("end", status="finished", error=None)
        ended(store, f"run{number}").event("notes", text="late")
    assert len(files(sweep)) == 1 and len(read_run(sweep.folder).children) == 3 * late._MOST
    for number in range(late._MOST):
        ended(store, f"other{number}").event("notes", text="late")
    assert sealed(sweep)


def test_late_additions_from_threads(store: Store) -> None:
    writers = [ended(store, f"run{number}") for number in range(3 * late._MOST)]
    errors: list[BaseException] = []

    def add() -> None:
        try:
            for step in range(20):
                for writer in writers:
                    writer.point("m", float(step))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors and not any(thread.is_alive() for thread in threads)
    assert {len(read_series(writer.folder, "m")) for writer in writers} == {80}
    assert len(open_files(store)) <= 2 * late._MOST


def test_late_additions_after_a_fork(store: Store) -> None:
    writers = [ended(store, f"run{number}") for number in range(late._MOST)]
    for writer in writers:
        writer.event("notes", text="parent")
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            late_ones = [ended(store, f"child{number}") for number in range(late._MOST + 1)]
            for writer in (*writers, *late_ones):
                writer.event("tags", values={"child": True})
            code = 0 if len(open_files(store)) == late._MOST else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    for writer in writers:
        writer.event("notes", text="parent again")
        record = read_run(writer.folder)
        assert (record.notes, record.tags, record.damage) == ("parent again", {"child": True}, [])
        assert len(record.writers) == 3


def open_files(store: Store) -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(entry))
        except FileNotFoundError:  # the descriptor that lists them
            continue
    return [path for path in found if path.startswith(str(store.root)) and "w-" in path]
