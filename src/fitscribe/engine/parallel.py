"""The core's own patch points: what happens inside of an owned call belongs to it on other threads too.

* ``joblib``: its threads see no context of the caller, and dispatch goes on from a callback thread. The owner travels
  with each task. Where the task is pickled, to a worker process, it becomes the plain task again: a worker needs no
  fitscribe. Only under ``fitscribe run``, whose workers are active themselves, a task of an owned call says so.
* ``ThreadPoolExecutor.submit``: likewise.
* ``BaseProcess.start``: worker processes that nobody sees are counted.

Only fitscribe's own context variables travel (their names begin with ``fitscribe``). Running the task in a copy of
the submitter's context would change what the user's variables are there, NumPy's error state among them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from functools import partial
from typing import Any

from fitscribe.engine import hooks
from fitscribe.engine._importlib_bootstrap import inert, plain, run_carried, run_inert
from fitscribe.engine.families import lock
from fitscribe.engine.gate import APPLIED, OFF, SKIPPED, WAITING
from fitscribe.engine.guard import report, reraises
from fitscribe.engine.installed import PointStatus, chain_holds, describe_layer
from fitscribe.engine.ownership import current_owner, is_suppressed
from fitscribe.engine.wrappers import PatchedFunction

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
        return partial, (self._func,)


class InertTask:
    """A task of an owned call in a worker process that has fitscribe switched on: nothing in it is observed."""

    __slots__ = ("_func",)

    def __init__(self, func: Callable[..., Any]) -> None:
        self._func = func

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return run_inert(self._func, args, kwargs)

    def __reduce__(self) -> Any:
        return InertTask, (self._func,)


def _carry_tasks(tasks: Iterable[Any], variables: list[tuple[Any, Any]], owned: bool) -> Iterator[Any]:
    for task in tasks:
        # What joblib.delayed makes. Anything else is left for joblib to complain about.
        if isinstance(task, tuple) and len(task) == 3 and callable(task[0]):
            yield _Carrier(task[0], variables, owned), task[1], task[2]
        else:
            yield task


def _joblib_call(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        variables = _travelling()
        if variables and len(args) == 1 and not kwargs:
            return (_carry_tasks(args[0], variables, current_owner() is not None),), kwargs
    except Exception as error:
        _failed("core.joblib_parallel", error)
    return args, kwargs


def _executor_submit(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    try:
        variables = _travelling() if args else []
        if variables:
            return (_Carrier(args[0], variables, current_owner() is not None), *args[1:]), kwargs
    except Exception as error:
        _failed("core.thread_pool", error)
    return args, kwargs


def _process_start(process: Any) -> bool:
    """Count the process if nobody will see into it; say whether its start is to be suppressed.

    A forked child inherits the context it was forked in: an owned call's stays inert, a data loader's becomes so.
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


class _CorePoint:
    """A method of the standard library or joblib that the core itself patches."""

    def __init__(self, name: str, module: str, owner: str, method: str, around: Callable[..., Any]) -> None:
        self.id = f"core.{name}"
        self.module = module
        self._owner = owner
        self._method = method
        self._around = around
        self._wanted = False
        self._holder: type | None = None
        self._original: Any = None
        self._wrapper: Any = None
        self._problem = ""

    def want(self) -> None:
        self._wanted = True
        hooks.when_imported(self.module, self._install)

    def _install(self, module: Any) -> None:
        with lock:
            if not self._wanted:
                return
            holder = vars(module).get(self._owner)
            method = holder.__dict__.get(self._method) if isinstance(holder, type) else None
            if not isinstance(holder, type) or not callable(method):
                self._problem = f"{self.module}:{self._owner}.{self._method} is missing"
            elif self._wrapper is None or not chain_holds(method, self._wrapper):
                self._holder, self._original = holder, method
                self._wrapper = PatchedFunction(method, self._around, holder, self._method)
                type.__setattr__(holder, self._method, self._wrapper)

    def release(self) -> None:
        with lock:
            self._wanted = False
            hooks.forget(self.module, self._install)
            if self._holder is not None and self._holder.__dict__.get(self._method) is self._wrapper:
                type.__setattr__(self._holder, self._method, self._original)
                self._holder = self._wrapper = None

    def status(self) -> PointStatus:
        framework = self.module.partition(".")[0]
        state, reason = APPLIED, ""
        if self._problem:
            state, reason = SKIPPED, self._problem
        elif self._holder is None:
            state, reason = (WAITING, f"{self.module} is not imported") if self._wanted else (OFF, "")
        else:
            on_top = self._holder.__dict__.get(self._method)
            if not chain_holds(on_top, self._wrapper):
                reason = f"{self._owner}.{self._method} was displaced by {describe_layer(on_top)}"
                state = SKIPPED
        return PointStatus(self.id, framework, None, state, reason, False)


CORE_POINTS = (
    _CorePoint("joblib_parallel", "joblib.parallel", "Parallel", "__call__", plain(_joblib_call)),
    _CorePoint(
        "thread_pool", "concurrent.futures.thread", "ThreadPoolExecutor", "submit", plain(_executor_submit)
    ),
    _CorePoint("processes", "multiprocessing.process", "BaseProcess", "start", inert(_process_start)),
)
