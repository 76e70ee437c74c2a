"""The functions that people call to group trainings and to log by hand."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import FrameType
from typing import Any

from fitscribe.engine import guarded, is_silenced
from fitscribe.reading import Run, get_run
from fitscribe.store import Store
from fitscribe.tracking import context
from fitscribe.tracking.arguments import need_names
from fitscribe.tracking.context import active_run
from fitscribe.tracking.exiting import at_exit, died_of, end_with_worker
from fitscribe.tracking.opening import name_of_program, options_in_force
from fitscribe.tracking.outcome import status_of
from fitscribe.tracking.run import ActiveRun
from fitscribe.tracking.silent import SilentRun

__all__ = [
    "active_run",
    "load_model",
    "log_artifact",
    "log_dataset",
    "log_dict",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "set_tag",
    "set_tags",
    "start_run",
]

_implicit_lock = threading.Lock()
_exiting = False
_late: ActiveRun | None = None


def start_run(
    name: str | None = None,
    *,
    experiment: str | None = None,
    tags: Mapping[str, Any] | None = None,
    notes: str = "",
) -> ActiveRun:
    """Open a run: to group the trainings inside of it, or to log by hand.

    Use it as a context manager. Without ``with``, the run is open until ``run.end()`` or the end of the
    process.

    Args:
        name: the run's name; the script's by default.
        experiment: the name that groups runs; that of the run outside, else the script's, by default.
        tags: names and values to filter by.
        notes: free text.

    Returns:
        The run. Trainings and log calls inside of it belong to it. Within ``suppress()`` it records nothing.
    """
    need_names(tags or {}, "tag")
    site = _site(sys._getframe(1))
    run = _open(name, experiment, site=site, enter=partial(context.enter, explicit=True))
    if tags:
        run.set_tags(tags)
    if notes:
        run.set_notes(notes)
    return run


def _open(
    name: str | None, experiment: str | None, *, site: str, enter: Callable[[ActiveRun], None]
) -> ActiveRun:
    outer = context.enclosing_run()
    kind = SilentRun if is_silenced() else ActiveRun
    run = kind(
        outer.store if outer is not None else Store.for_recording(),
        name=str(name) if name else name_of_program(),
        experiment=str(experiment) if experiment else outer.experiment if outer else name_of_program(),
        role="group",
        options=options_in_force(),
        site=site,
    )
    if kind is SilentRun:
        return run
    enter(run)
    with guarded("opening a run"):
        end_with_worker()
        try:
            run._open()
        except OSError as error:
            run._store_failed(error)
    return run


def _site(frame: FrameType | None) -> str:
    """``file:line`` of the nearest caller outside of fitscribe and its integrations."""
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(("fitscribe", "wrapt")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else ""


def run_of_log_calls() -> ActiveRun:
    """The active run, or, where none is, one for the whole script: nothing that is logged gets lost.

    Inside of ``suppress()`` one that records nothing.
    """
    if is_silenced():
        return _of_script("")
    run = active_run()
    if run is not None:
        return run
    with _implicit_lock:
        return active_run() or _run_of_script()


def _run_of_script() -> ActiveRun:
    global _late
    if not _exiting:
        return _of_script(_site(sys._getframe(1)))
    # Logged by another exit handler: the script's runs have ended, and additions to an ended run are kept.
    if _late is None:
        _late = _of_script(_site(sys._getframe(1)))
        _late.end()
    return _late


def _of_script(site: str) -> ActiveRun:
    return _open(None, None, site=site, enter=context.take_log_calls)


def log_param(name: str, value: Any) -> None:
    """Record one parameter, of any type, on the active run."""
    run_of_log_calls().log_params({name: value})


def log_params(values: Mapping[str, Any]) -> None:
    """Record parameters on the active run."""
    run_of_log_calls().log_params(values)


def log_metric(name: str, value: float, step: int | None = None) -> None:
    """Record one point of a series on the active run; see :meth:`ActiveRun.log_metric`."""
    run_of_log_calls().log_metric(name, value, step)


def log_metrics(values: Mapping[str, float], step: int | None = None) -> None:
    """Record one point of several series at the same step on the active run."""
    run_of_log_calls().log_metrics(values, step)


def log_artifact(path: str | os.PathLike[str], name: str | None = None) -> None:
    """Copy a file, or a folder with all it holds, into the active run."""
    run_of_log_calls().log_artifact(path, name)


def log_figure(figure: Any, name: str) -> None:
    """Keep a matplotlib figure in the active run."""
    run_of_log_calls().log_figure(figure, name)


def log_table(table: Any, name: str) -> None:
    """Keep a data frame, a dict of columns or a list of dicts as CSV in the active run."""
    run_of_log_calls().log_table(table, name)


def log_text(text: str, name: str) -> None:
    """Keep a text in the active run."""
    run_of_log_calls().log_text(text, name)


def log_dict(data: Mapping[str, Any] | Sequence[Any], name: str) -> None:
    """Keep a dict or list as JSON in the active run."""
    run_of_log_calls().log_dict(data, name)


def log_dataset(data: Any, name: str | None = None, role: str = "train", target: Any = None) -> None:
    """Describe a dataset on the active run: schema, size and fingerprint, never the data itself."""
    run_of_log_calls().log_dataset(data, name, role, target)


def log_model(model: Any, name: str = "model") -> None:
    """Keep a model in the active run, for ``run.load_model()``."""
    run_of_log_calls().log_model(model, name)


def set_tag(name: str, value: Any) -> None:
    """Set one tag of the active run; ``None`` removes it."""
    run_of_log_calls().set_tags({name: value})


def set_tags(values: Mapping[str, Any]) -> None:
    """Set tags of the active run."""
    run_of_log_calls().set_tags(values)


def load_model(run: Run | str, *, trust: bool = False) -> Any:
    """Load the model of a run.

    Args:
        run: a run, or the id of one (a unique prefix is enough, ``"latest"`` works).
        trust: load a pickle that is not signed with one's own key; it can execute anything.

    Raises:
        TypeError: it is neither a run nor an id.
        LookupError: there is no such run, or it holds no model.
    """
    if not isinstance(run, Run | str):
        raise TypeError(f"load_model takes a run or the id of one, not {run!r}")
    return (get_run(run) if isinstance(run, str) else run).load_model(trust=trust)


@at_exit
def _end_open_runs() -> None:
    global _exiting, _late
    with _implicit_lock:  # nobody is just opening one
        _exiting = True
        runs = context.open_runs()
        # Before any of them ends: a thread that logs all the while must not open another one.
        _late = runs[0] if runs else _late
    error = died_of()
    for run in reversed(runs):
        with guarded("run.end"):
            run.end(status_of(error), error)


def _renew_lock_in_child() -> None:
    global _implicit_lock
    _implicit_lock = threading.Lock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_lock_in_child)
