"""What worker processes gave for tasks of an owned call, told in this process as batch by batch comes back.

A worker needs no fitscribe for that, and nothing of ours travels to it: joblib has asked it for the results,
and its executor hands them to whoever waits for them. They are told of before joblib itself has them (from
joblib 1.3 on; before, at the same time), so what is known here is never behind what the owned call knows.
Pools of ``multiprocessing`` and other backends give their results to joblib alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import thread_time
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe.engine.guard import guarded
from fitscribe.engine.ownership import current, suppressed
from fitscribe.engine.tasks import CarriedTask

if TYPE_CHECKING:
    from fitscribe.engine.calls import Call

    Tell = Callable[[Any], None]
    Expect = Callable[[Call, tuple[Any, ...], Mapping[str, Any]], Tell | None]

_expecting: dict[Call, Expect] = {}


class results_expected:  # noqa: N801 - read as a statement: ``with results_expected(call, expect):``
    """Learn what worker processes give for the tasks of a call, during the block.

    Args:
        call: an observed call that is owned by no other.
        expect: asked of each task as it is handed to the worker processes, on any thread, with the innermost
            observed call around it and the arguments of the task. What it returns is called with the task's
            result as soon as that is back, on a thread of the executor's; None where nobody wants to know.
            Of tasks that raise nothing is told, nor of others in the same batch.
    """

    def __init__(self, call: Call, expect: Expect) -> None:
        self._call = call
        self._expect = expect

    def __enter__(self) -> None:
        _expecting[self._call] = self._expect

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del _expecting[self._call]


def submitted(batch: Any, future: Any) -> None:
    """Wait for the results of a batch of joblib's, as far as they are expected.

    Args:
        batch: what was handed to the executor.
        future: what it gave for that.
    """
    if not _expecting:
        return
    # joblib before 1.3 puts one more wrapper around it.
    tasks = getattr(getattr(batch, "func", batch), "items", None)
    if not isinstance(tasks, list):
        return
    started = thread_time()
    expected = [_expected(*task) for task in tasks]
    owner = next((each[0] for each in expected if each is not None), None)
    if owner is not None:
        future.add_done_callback(partial(_came_back, expected))
        owner._cpu += thread_time() - started


def _expected(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Call, Tell] | None:
    if not isinstance(function, CarriedTask):
        return None
    variables = dict(function.variables())
    around = variables.get(current)
    if around is None or variables.get(suppressed):
        return None
    owner = around.owner or around
    expect = _expecting.get(owner)
    tell = None if expect is None else expect(around, args, kwargs)
    return None if tell is None else (owner, tell)


def _came_back(expected: list[tuple[Call, Tell] | None], future: Any) -> None:
    if future.cancelled() or future.exception() is not None:
        return
    for each, result in zip(expected, future.result(), strict=False):
        if each is not None:
            owner, tell = each
            started = thread_time()
            with guarded("results of worker processes"):
                tell(result)
            owner._cpu += thread_time() - started
