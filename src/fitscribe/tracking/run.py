"""A run that is being written: what ``start_run`` and the observers of integrations log to."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

from fitscribe import engine
from fitscribe.reading import Run
from fitscribe.store import RunWriter, Store, new_id
from fitscribe.tracking import context, unseen
from fitscribe.tracking.arguments import need_name, need_names, number, whole
from fitscribe.tracking.artifacts import ArtifactLog
from fitscribe.tracking.console import say_ended
from fitscribe.tracking.launch import launch_id
from fitscribe.tracking.opening import part
from fitscribe.tracking.options import Options
from fitscribe.tracking.outcome import described, status_of
from fitscribe.tracking.sampler import watch

# Held while a run's first line is written, which opens the runs around it first.
_opening = threading.RLock()


class ActiveRun(ArtifactLog, Run):
    """One run, open for logging; everything that :class:`fitscribe.reading.Run` reads is there, too.

    What a log call is given wrongly raises; what goes wrong with the store is reported once, and the script
    goes on. Logging from any thread is fine, and after the end, too: later additions are files of their own.
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
        self.opened_by_main_thread = threading.current_thread() is threading.main_thread()
        self.outer = context.enclosing_run()
        self.ended = False
        self.options = options
        self._site = site
        self._role = role
        self._process = os.getpid()
        self._writer = RunWriter(store.run_folder(self.id))
        self._point = self._writer.point
        self._on_disk = False
        self._headline: dict[str, float] = {}
        self._lost_points = 0
        self._cpu = self._sampling_cpu = 0.0
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
        started = time.thread_time()
        try:
            if not self._on_disk:
                self._open()
            self._writer.event(event, **fields)
        except OSError as error:
            self._store_failed(error)
        self._cpu += time.thread_time() - started

    def _open(self) -> None:
        with _opening:
            if self._on_disk:
                return
            if self.outer is not None and not self.outer._on_disk:
                self.outer._open()
            launch = part("launch", lambda: launch_id(self._store), None)
            self._writer.event("run", launch=launch, **self._header)
            self._on_disk = True
        with engine.guarded("system"):
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
        need_names(values, "parameter")
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
            TypeError: the value is no number, the step no whole number, or the name no text.
            ValueError: the step does not fit 64 bits.
        """
        if type(value) is not float:
            value = number(name, value)
        if step is not None and type(step) is not int:
            step = whole(name, step)
        if type(name) is not str or not name:
            need_name(name, "metric")
        try:
            if not self._on_disk:
                self._open()
            self._point(name, value, step)
        except OSError as error:
            self._lost_points += 1
            self._store_failed(error)

    def log_metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Record one point of several series at the same step; see :meth:`log_metric`."""
        need_names(values, "metric")
        numbers = {name: number(name, value) for name, value in values.items()}
        if step is not None:
            step = whole("metrics", step)
        if self._role == "training" and len(self._headline) < 20:
            self._headline.update(numbers)
        self._log_points(numbers, step)

    def log_system(self, readings: Mapping[str, float], cpu_s: float) -> None:
        """Record a reading of the system's series, or none: a sign of life.

        Args:
            readings: names and values; may be empty.
            cpu_s: CPU seconds that reading them took, on a thread of its own.
        """
        if self.ended:
            return
        if readings:
            self._log_points(readings, None)
        else:
            self._record("alive")
        self._sampling_cpu += cpu_s

    def _log_points(self, numbers: Mapping[str, float], step: int | None) -> None:
        started = time.thread_time()
        try:
            if not self._on_disk:
                self._open()
            self._writer.points(numbers, step)
        except OSError as error:
            self._lost_points += len(numbers)
            self._store_failed(error)
        self._cpu += time.thread_time() - started

    def set_tag(self, name: str, value: Any) -> None:
        """Set one tag; ``None`` removes it."""
        self.set_tags({name: value})

    def set_tags(self, values: Mapping[str, Any]) -> None:
        """Set tags; the last write of a tag wins."""
        need_names(values, "tag")
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
        stored = False
        try:
            with closing(self._writer) as writer:
                if self._lost_points:
                    writer.event("lost", points=self._lost_points, why="the store could not be written")
                for what, why in unseen.processes():
                    writer.event("unseen", what=what, why=why)
                if self._role == "group":
                    if engine.is_active():
                        writer.event("coverage", points=[status._asdict() for status in engine.coverage()])
                    writer.event("cost", cpu_s=round(self._cpu + self._sampling_cpu, 6))
                writer.event("end", status=status, error=described(error))
            stored = not self._lost_points
        except OSError as failure:
            self._store_failed(failure)
        if not self.options.quiet:
            with engine.guarded("line at the end"):
                say_ended(
                    hint=f"fitscribe show {self.id[:6]}" if stored else "the store did not take all of it",
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


def _renew_lock_in_child() -> None:
    global _opening
    _opening = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_lock_in_child)
