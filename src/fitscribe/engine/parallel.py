"""What the core's own patch points do: what an owned call does on other threads belongs to it too.

* ``joblib``: its threads see no context of the caller, and dispatch goes on from a callback thread: what
  `fitscribe.engine.tasks` says travels with each task.
* ``cloudpickle``: with an object of a class of the script's comes the class, in both directions. In a worker
  it is made empty and given its functions later; back here they are set on the live class, over what was
  patched. Both is put right as soon as the class is whole.
* ``ThreadPoolExecutor.submit`` and ``ProcessPoolExecutor.submit``: as with joblib.
* ``joblib``'s executor of worker processes: what these give is told here; see `fitscribe.engine.results`.
* ``BaseProcess.start``: worker processes that nobody sees are counted.

Only fitscribe's own context variables travel (their names begin with ``fitscribe``). Running the task in a
copy of the submitter's context would change what the user's variables are there, NumPy's error state among
them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.engine._importlib_bootstrap import inert, plain, told
from fitscribe.engine.families import filled
from fitscribe.engine.guard import keep
from fitscribe.engine.ownership import current_owner, is_suppressed
from fitscribe.engine.results import submitted
from fitscribe.engine.tasks import Baggage, CarriedTask, baggage, is_active_in_children

if TYPE_CHECKING:
    from fitscribe.engine.core_points import CorePoint

_unseen = 0


def unseen_processes() -> int:
    """How many worker processes were started whose trainings nobody records."""
    return _unseen


def _carry_task(luggage: Baggage, task: Any) -> Any:
    try:
        # What joblib.delayed makes. Anything else is left for joblib to complain about.
        if isinstance(task, tuple) and len(task) == 3 and callable(task[0]):
            return CarriedTask(task[0], luggage), task[1], task[2]
    except Exception as error:
        keep("core.joblib_parallel", error)
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
    luggage = baggage()
    if luggage is not None and len(args) == 1 and not kwargs and hasattr(args[0], "__iter__"):
        carry = partial(_carry_task, luggage)
        tasks = _SizedTasks(carry, args[0]) if hasattr(args[0], "__len__") else map(carry, args[0])
        return (tasks,), kwargs
    return args, kwargs


def _class_came(args: Any, cls: Any) -> None:
    filled(cls)


def _batch_went_out(args: Any, future: Any) -> None:
    submitted(args[0], future)


def _thread_pool_submit(
    executor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    luggage = baggage() if args else None
    if luggage is not None:
        return (CarriedTask(args[0], luggage), *args[1:]), kwargs
    return args, kwargs


def _process_pool_submit(
    executor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    # Other workers would be given the plain task.
    return _thread_pool_submit(executor, args, kwargs) if is_active_in_children() else (args, kwargs)


def _process_start(process: Any) -> bool:
    """Count the process if nobody will see into it; say whether its start is to be suppressed.

    A forked child inherits the context it was forked in: an owned call's stays inert, a data loader's becomes
    so.
    """
    global _unseen
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
    return False


def _start_method(process: Any) -> str | None:
    method = getattr(process, "_start_method", None)
    if method is None:
        context = sys.modules.get("multiprocessing.context")
        if context is not None:
            method = context._default_context.get_start_method()
    return method if isinstance(method, str) else None


def around(point: CorePoint) -> Callable[..., Any]:
    """The wrapper that belongs on one of the core's own patch points."""
    if point.name == "processes":
        return inert(point, _process_start)
    if point.name in ("cloudpickle", "joblib_cloudpickle"):
        return told(point, _class_came)
    if point.name == "joblib_executor":
        return told(point, _batch_went_out)
    changes = {
        "joblib_parallel": _joblib_call,
        "thread_pool": _thread_pool_submit,
        "process_pool": _process_pool_submit,
    }
    return plain(point, changes[point.name])
