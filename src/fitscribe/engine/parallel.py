"""What the core's own patch points do: what an owned call does on other threads belongs to it too.

* ``joblib``: its threads see no context of the caller, and dispatch goes on from a callback thread. The owner
  travels with each task. Where the task is pickled, to a worker process, it becomes the plain task again: a
  worker needs no fitscribe. Only under ``fitscribe run``, whose workers are active themselves, a task of an
  owned call says so.
* What a worker process of ``joblib``'s sends back: with an object of a class of the script's comes the class,
  and cloudpickle sets its functions on the live class, over what was patched. That is put right as results
  arrive, before anybody gets them.
* ``ThreadPoolExecutor.submit``: likewise.
* ``BaseProcess.start``: worker processes that nobody sees are counted.

Only fitscribe's own context variables travel (their names begin with ``fitscribe``). Running the task in a
copy of the submitter's context would change what the user's variables are there, NumPy's error state among
them.
"""

from __future__ import annotations

import operator
import os
import sys
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.engine._importlib_bootstrap import inert, plain, run_carried, run_inert
from fitscribe.engine.families import put_back
from fitscribe.engine.guard import report, reraises
from fitscribe.engine.ownership import current_owner, is_suppressed

if TYPE_CHECKING:
    from fitscribe.engine.core_points import CorePoint

_predicates: list[Callable[[], bool]] = []
_unseen = 0


def carry_when(predicate: Callable[[], bool]) -> None:
    """Have fitscribe's context variables travel to worker threads also where no observed call is running.

    Args:
        predicate: asked at each submit; for a layer above that has a context of its own, such as an open run.
    """
    _predicates.append(predicate)


def unseen_processes() -> int:
    """How many worker processes were started whose trainings nobody records."""
    return _unseen


def is_active_in_children() -> bool:
    """Whether processes started from here record by themselves: under ``fitscribe run``."""
    return os.environ.get("FITSCRIBE_ACTIVE") == "1"


def _travelling() -> list[tuple[Any, Any]]:
    if current_owner() is None and not is_suppressed() and not any(wanted() for wanted in _predicates):
        return []
    return [
        (variable, value)
        for variable, value in copy_context().items()
        if variable.name.startswith("fitscribe")
    ]


class _Carrier:
    """A task with the context variables it travels with."""

    __slots__ = ("_func", "_owned", "_variables")

    def __init__(self, func: Callable[..., Any], variables: list[tuple[Any, Any]], owned: bool) -> None:
        self._func = func
        self._variables = variables
        self._owned = owned

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return run_carried(self._variables, self._func, args, kwargs)

    def __reduce__(self) -> Any:
        if self._owned and is_active_in_children():
            return InertTask, (self._func,)
        return operator.getitem, ((self._func,), 0)  # the plain task, without a helper of ours


class InertTask:
    """A task of an owned call, in a worker process that has fitscribe switched on: nothing is observed."""

    __slots__ = ("_func",)

    def __init__(self, func: Callable[..., Any]) -> None:
        self._func = func

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task."""
        __tracebackhide__ = True
        return run_inert(self._func, args, kwargs)

    def __reduce__(self) -> Any:
        return InertTask, (self._func,)


def _carry_task(variables: list[tuple[Any, Any]], owned: bool, task: Any) -> Any:
    # What joblib.delayed makes. Anything else is left for joblib to complain about.
    if isinstance(task, tuple) and len(task) == 3 and callable(task[0]):
        return _Carrier(task[0], variables, owned), task[1], task[2]
    return task


class _SizedTasks:
    """Tasks of which joblib says "done 3 out of 8". It decides when to read the next one."""

    def __init__(self, carry: Callable[[Any], Any], tasks: Any) -> None:
        self._carry = carry
        self._tasks = tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def __iter__(self) -> Iterator[Any]:
        # In C: an error of the caller's iterator passes no frame of ours.
        return map(self._carry, self._tasks)


def _joblib_call(parallel: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        variables = _travelling()
        if variables and len(args) == 1 and not kwargs and hasattr(args[0], "__iter__"):
            carry = partial(_carry_task, variables, current_owner() is not None)
            tasks = _SizedTasks(carry, args[0]) if hasattr(args[0], "__len__") else map(carry, args[0])
            return (tasks,), kwargs
    except Exception as error:
        _failed("core.joblib_parallel", error)
    return args, kwargs


def _joblib_results(batch: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        if not getattr(batch.parallel._backend, "uses_threads", False):
            put_back()
    except Exception as error:
        _failed("core.joblib_results", error)
    return args, kwargs


def _executor_submit(executor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        variables = _travelling() if args else []
        if variables:
            return (_Carrier(args[0], variables, current_owner() is not None), *args[1:]), kwargs
    except Exception as error:
        _failed("core.thread_pool", error)
    return args, kwargs


def _process_start(process: Any) -> bool:
    """Count the process if nobody will see into it; say whether its start is to be suppressed.

    A forked child inherits the context it was forked in: an owned call's stays inert, a data loader's becomes
    so.
    """
    global _unseen
    try:
        target = getattr(process, "_target", None)
        module = str(getattr(target, "__module__", "") or "")
        if module.startswith("torch.utils.data"):
            return True
        if (
            current_owner() is not None
            or is_suppressed()
            or is_active_in_children()
            or module.startswith("multiprocessing.")  # a manager's server, a forkserver
            or _start_method(process) == "fork"  # it has what this process has, patches included
        ):
            return False
        _unseen += 1
    except Exception as error:
        _failed("core.processes", error)
    return False


def _start_method(process: Any) -> str | None:
    method = getattr(process, "_start_method", None)
    if method is None:
        context = sys.modules.get("multiprocessing.context")
        if context is not None:
            method = context._default_context.get_start_method()
    return method if isinstance(method, str) else None


def _failed(where: str, error: Exception) -> None:
    if reraises():
        raise error
    report(where, error)


def around(point: CorePoint) -> Callable[..., Any]:
    """The wrapper that belongs on one of the core's own patch points."""
    if point.name == "processes":
        return inert(point, _process_start)
    changes = {
        "joblib_parallel": _joblib_call,
        "joblib_results": _joblib_results,
        "thread_pool": _executor_submit,
    }
    return plain(point, changes[point.name])
