"""A run that is being written: what ``start_run`` and the observers of integrations log to."""

from __future__ import annotations

import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

from fitscribe import engine
from fitscribe.reading import Run
from fitscribe.store import RunWriter, Store, new_id
from fitscribe.tracking import context
from fitscribe.tracking.artifacts import ArtifactLog
from fitscribe.tracking.console import say_ended
from fitscribe.tracking.launch import launch_id
from fitscribe.tracking.options import Options
from fitscribe.tracking.sampler import watch


class ActiveRun(ArtifactLog, Run):
    """One run, open for logging; everything that :class:`fitscribe.reading.Run` reads is there, too.

    What a log call is given wrongly raises; what goes wrong with the store is reported once, and the script goes
    on. Logging from any thread is fine, and after the end, too: later additions are files of their own.
    """

    def __init__(
        self,
        store: Store,
        *,
        name: str,
        experiment: str,
        role: str,
        options: Options,
        header: Mapping[str, Any] | None = None,
        site: str = "",
    ) -> None:
        super().__init__(store, new_id())
        self.opened_at = time.time()
        self.outer = context.active_run()
        self.ended = False
        self.options = options
        self._site = site
        self._role = role
        self._process = os.getpid()
        self._writer = RunWriter(store.run_folder(self.id))
        self._point = self._writer.point
        self._on_disk = False
        self._opening = threading.Lock()
        self._headline: dict[str, float] = {}
        self._lost_points = 0
        self._header: dict[str, Any] = {
            "id": self.id,
            "name": name,
            "experiment": experiment,
            "parent": self.outer.id if self.outer is not None else None,
            "role": role,
            "site": site,
            **(header or {}),
        }

    # -- what every log call goes through

    def _record(self, event: str, /, **fields: Any) -> None:
        try:
            if not self._on_disk:
                self._open()
            self._writer.event(event, **fields)
        except OSError as error:
            self._store_failed(error)

    def _open(self) -> None:
        with self._opening:
            if self._on_disk:
                return
            if self.outer is not None and not self.outer._on_disk:
                self.outer._open()
            self._writer.event("run", launch=launch_id(self._store), **self._header)
            self._on_disk = True
        if self.options.system:
            watch(self)

    def _store_failed(self, error: OSError) -> None:
        engine.report("store", error)

    # -- parameters, metrics, tags

    def log_param(self, name: str, value: Any) -> None:
        """Record one parameter, of any type."""
        self.log_params({name: value})

    def log_params(self, values: Mapping[str, Any], *, changed: Any = None) -> None:
        """Record parameters.

        Args:
            values: names and values; the values keep their types.
            changed: names of those that differ from their defaults, where defaults are known.
        """
        _need_names(values, "parameter")
        if changed is None:
            self._record("params", values=dict(values))
        else:
            self._record("params", values=dict(values), changed=sorted(changed))

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Record one point of a series.

        Args:
            name: the metric's name, kept as it is.
            value: a number; NaN and infinities are numbers.
            step: any whole number, in any order; the one after the metric's last if left out.

        Raises:
            TypeError: the value is no number, or the step no whole number.
        """
        if type(value) is not float:
            value = _number(name, value)
        if step is not None and type(step) is not int:
            step = _whole(name, step)
        try:
            if not self._on_disk:
                self._open()
            self._point(name, value, step)
        except OSError as error:
            self._lost_points += 1
            self._store_failed(error)

    def log_metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record one point of several series at the same step; see :meth:`log_metric`."""
        _need_names(values, "metric")
        numbers = {name: _number(name, value) for name, value in values.items()}
        if step is not None:
            step = _whole("metrics", step)
        if self._role == "training" and len(self._headline) < 20:
            self._headline.update(numbers)
        try:
            if not self._on_disk:
                self._open()
            self._writer.points(numbers, step)
        except OSError as error:
            self._lost_points += len(numbers)
            self._store_failed(error)

    def set_tag(self, name: str, value: Any) -> None:
        """Set one tag; ``None`` removes it."""
        self.set_tags({name: value})

    def set_tags(self, values: Mapping[str, Any]) -> None:
        """Set tags; the last write of a tag wins."""
        _need_names(values, "tag")
        self._record("tags", values=dict(values))

    def set_notes(self, text: str) -> None:
        """Replace the run's notes."""
        self._record("notes", text=str(text))

    # -- what integrations add

    def log_facts(self, values: Mapping[str, Any]) -> None:
        """Record what the fitted object says of itself, such as ``n_iter_``."""
        if values:
            self._record("facts", values=dict(values))

    def log_signature(self, signature: Mapping[str, Any]) -> None:
        """Record the columns and types that the model takes and gives."""
        self._record("signature", signature=dict(signature))

    def note_unseen(self, what: str, why: str) -> None:
        """Say on the run what was not recorded, and why."""
        self._record("unseen", what=what, why=why)

    def note_problem(self, where: str, error: BaseException) -> None:
        """Say on the run that a part of fitscribe failed."""
        self._record("problem", where=where, error=f"{type(error).__name__}: {error}")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """Guard one part of an observer: its failure is reported and noted, the other parts go on.

        Args:
            name: what the part does, such as ``"evaluation"``.
        """
        with engine.guarded(f"{self._header.get('point') or self._header['name']}, {name}"):
            try:
                yield
            except Exception as error:
                self.note_problem(name, error)
                raise

    # -- the end

    def end(self, status: str = "finished", error: BaseException | None = None) -> None:
        """End the run; a second call does nothing.

        Args:
            status: ``finished``, ``failed``, ``interrupted`` or ``unobserved``.
            error: what the training died of.
        """
        if self.ended or self._process != os.getpid():
            return
        self.ended = True
        context.leave(self)
        if not self._on_disk:
            return
        try:
            with closing(self._writer) as writer:
                if self._lost_points:
                    writer.event("lost", points=self._lost_points, why="the store could not be written")
                unseen = engine.unseen_processes()
                if unseen and self._role == "group":
                    writer.event(
                        "unseen", what=f"{unseen} worker processes", why="started without fitscribe run"
                    )
                writer.event("end", status=status, error=_described(error))
        except OSError as failure:
            self._store_failed(failure)
        if not self.options.quiet:
            say_ended(
                run_id=self.id,
                name=self._header["name"],
                status=status,
                seconds=time.time() - self.opened_at,
                metrics=self._headline,
                site=self._site,
            )

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with engine.guarded("run.end"):
            self.end(status_of(error), error)


def status_of(error: BaseException | None) -> str:
    """The status of a run whose code ended with this exception, or with none."""
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def _described(error: BaseException | None) -> dict[str, str] | None:
    if error is None:
        return None
    with engine.guarded("run.error"):
        text = "".join(
            traceback.format_exception(type(error), error, error.__traceback__, limit=-20, chain=False)
        )
        return {"type": type(error).__qualname__, "message": str(error), "traceback": text}
    return {"type": type(error).__qualname__, "message": "", "traceback": ""}


def _number(name: str, value: Any) -> float:
    if isinstance(value, str | bytes):
        raise TypeError(f"metric {name!r} takes a number, not {value!r}; log_param and set_tag take text")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except (TypeError, ValueError):
        raise TypeError(f"metric {name!r} takes one number, not {type(value).__name__}") from None


def _whole(name: str, step: Any) -> int:
    try:
        return int(step.__index__())
    except AttributeError:
        if isinstance(step, float) and step.is_integer():
            return int(step)
    raise TypeError(f"the step of {name!r} is a whole number, not {step!r}")


def _need_names(values: Mapping[str, Any], what: str) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(f"a dict of {what} names and values is needed, not {type(values).__name__}")
    for name in values:
        if not isinstance(name, str) or not name:
            raise TypeError(f"the name of a {what} is a non-empty string, not {name!r}")


def script_name() -> str:
    """The name of the experiment that runs belong to by default: the script's."""
    main = sys.modules.get("__main__")
    path = getattr(main, "__file__", None)
    if path:
        return os.path.splitext(os.path.basename(path))[0]
    return "notebook" if "ipykernel" in sys.modules else "interactive"
