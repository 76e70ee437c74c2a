"""Worker processes: those of an owned call are inert, others record or are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

WATCHED = """
import os
from fitscribe import engine
seen = []
@engine.observes("FW.core:Base", id="fit", methods=["fit"])
def observer(call):
    seen.append((type(call.instance).__name__, os.getpid()))
    yield
@engine.observes("FW.core:calling", id="calling")
def calling(call):
    seen.append(("calling", os.getpid()))
    yield
def on():
    engine.register("FW", engine.Integration("FW", [observer, calling]))
    engine.activate(["FW"])
"""


def test_loky_workers_of_a_call_are_inert_and_need_no_fitscribe(
    fake: Any, python: Callable[..., str]
) -> None:
    pytest.importorskip("joblib")
    (fake.folder.parent / "watched.py").write_text(WATCHED.replace("FW", fake.name))
    fake.write(tasks="def loaded(n):\n    import sys\n    return n, 'fitscribe' in sys.modules\n")
    out = python(
        f"""
        import joblib, watched
        if __name__ == "__main__":
            watched.on()
            from {fake.name} import core, tasks
            work = lambda: [joblib.delayed(tasks.loaded)(n) for n in range(3)]
            print(core.calling(lambda: joblib.Parallel(n_jobs=2, backend="loky")(work())))
            fits = [joblib.delayed(core.Tree().fit)([n]) for n in range(2)]
            print([t.X_ for t in core.calling(lambda: joblib.Parallel(n_jobs=2, backend="loky")(fits))])
            print([name for name, _ in watched.seen])
        """
    )
    assert out.splitlines() == [
        "[(0, False), (1, False), (2, False)]",
        "[[0], [1]]",
        "['calling', 'calling']",
    ]


def test_workers_that_record_themselves_leave_an_owned_task_alone(fake: Any, core: Any) -> None:
    import pickle

    from fitscribe.engine.tasks import Baggage, CarriedTask

    def carried(func: Any) -> Any:
        return pickle.loads(pickle.dumps(CarriedTask(func, Baggage([], True, None))))

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FITSCRIBE_ACTIVE", "1")
        task = carried(core.Tree().fit)
    assert task([1]).X_ == [1] and not fake.calls
    assert pickle.loads(pickle.dumps(task))([2]).X_ == [2] and not fake.calls
    assert carried(len) is len


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_worker_processes(fake: Any, python: Callable[..., str], method: str) -> None:
    import multiprocessing

    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    (fake.folder.parent / "watched.py").write_text(WATCHED.replace("FW", fake.name))
    out = python(
        f"""
        import multiprocessing, watched
        from fitscribe import engine
        from {fake.name} import core
        def work(queue):
            core.Tree().fit([1])
            queue.put(len(watched.seen))
        def in_a_worker():
            context = multiprocessing.get_context("{method}")
            queue = context.SimpleQueue()
            process = context.Process(target=work, args=(queue,))
            process.start()
            process.join()
            return queue.get()
        if __name__ == "__main__":
            watched.on()
            print(core.calling(in_a_worker), len(watched.seen), engine.unseen_processes())
            print(in_a_worker(), len(watched.seen), engine.unseen_processes())
        """
    )
    # Under fork the worker has what its parent had: within a call it is inert, otherwise it observes.
    assert out.splitlines() == (["1 1 0", "2 1 0"] if method == "fork" else ["0 1 0", "0 1 1"])


def test_forked_data_loader_workers_are_inert(fake: Any, python: Callable[..., str]) -> None:
    (fake.folder.parent / "watched.py").write_text(WATCHED.replace("FW", fake.name))
    out = python(
        f"""
        import multiprocessing, watched
        watched.on()
        from {fake.name} import core
        def loop(queue):
            core.Tree().fit([1])
            queue.put(len(watched.seen))
        loop.__module__ = "torch.utils.data._utils.worker"
        context = multiprocessing.get_context("fork")
        queue = context.SimpleQueue()
        process = context.Process(target=loop, args=(queue,))
        process.start()
        process.join()
        print(queue.get())
        core.Tree().fit([1])
        print(len(watched.seen))
        """
    )
    assert out.split() == ["0", "1"]


def test_fork_while_another_thread_patches(fake: Any, python: Callable[..., str]) -> None:
    (fake.folder.parent / "watched.py").write_text(WATCHED.replace("FW", fake.name))
    python(
        f"""
        import os, threading, time, watched
        from fitscribe import engine
        from {fake.name} import core
        done, once = threading.Event(), threading.Event()
        def patch():
            while not done.is_set():
                watched.on()
                engine.deactivate()
                once.set()  # all is imported: a fork in the middle of an import hangs by itself
                time.sleep(0)  # a fork waits for the lock, and never gets it from who never lets go
        thread = threading.Thread(target=patch, daemon=True)
        thread.start()
        assert once.wait(60)
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                watched.on()
                core.Tree().fit([1])
                os._exit(0 if watched.seen else 3)
            assert os.waitpid(pid, 0)[1] == 0
        done.set()
        thread.join()
        """
    )


AROUND = """
import os
from contextvars import ContextVar
from fitscribe import engine

place = ContextVar("fitscribe_place", default="nowhere")
engine.carry_when(lambda: place.get() != "nowhere")
engine.carry_to_processes(place.get, "around:variables_for")

def variables_for(name):
    return [(place, f"from {name}")]

def where(number):
    return number, place.get()

def inert(number):
    return number, engine.is_suppressed()

def pools():
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    from joblib import Parallel, delayed
    def by_joblib(function):
        return Parallel(n_jobs=2, backend="loky")(delayed(function)(n) for n in range(2))
    def by_pool(function):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            return [pool.submit(function, 0).result(), *pool.map(function, [1])]
    return by_joblib, by_pool
"""


@pytest.mark.parametrize("active", ["1", "0"])
def test_what_is_around_a_task_travels_to_workers_that_record(
    fake: Any, python: Callable[..., str], active: str
) -> None:
    pytest.importorskip("joblib")
    (fake.folder.parent / "watched.py").write_text(WATCHED.replace("FW", fake.name))
    (fake.folder.parent / "around.py").write_text(AROUND)
    out = python(
        f"""
        import watched, around
        from fitscribe import engine
        from {fake.name} import core
        if __name__ == "__main__":
            watched.on()
            for pool in around.pools():
                print(pool(around.where))
                token = around.place.set("here")
                print(pool(around.where))
                print(core.calling(pool, around.inert))
                with engine.suppress():
                    print(pool(around.inert))
                around.place.reset(token)
        """,
        FITSCRIBE_ACTIVE=active,
    )
    nowhere, here = ([(n, name) for n in range(2)] for name in ("nowhere", "from here"))
    plain, inert = ([(n, value) for n in range(2)] for value in (False, True))
    expected = [nowhere, here, inert, inert] if active == "1" else [nowhere, nowhere, plain, plain]
    assert out.splitlines() == [str(each) for each in expected] * 2
