"""A run that is being written: what ``start_run`` and the observers of integrations log to."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

from fitscribe import engine
from fitscribe.engine.guard import keep
from fitscribe.reading import Run
from fitscribe.store import ChildWriter, RunWriter, Store, new_id
from fitscribe.store.points import StepTooLarge
from fitscribe.store.record import ENDS
from fitscribe.store.values import AsIs, encode
from fitscribe.tracking import aside, context, continued, sampler, unseen
from fitscribe.tracking.arguments import need_names
from fitscribe.tracking.children import ChildLog
from fitscribe.tracking.console import say_ended
from fitscribe.tracking.fact_log import FactLog
from fitscribe.tracking.launch import launch_id, not_written
from fitscribe.tracking.masked import masked
from fitscribe.tracking.metric_log import MetricLog
from fitscribe.tracking.model_log import ModelLog
from fitscribe.tracking.opening import part
from fitscribe.tracking.options import Options
from fitscribe.tracking.outcome import described, status_of
from fitscribe.tracking.pace import Pace
from fitscribe.tracking.refused import Refused

if TYPE_CHECKING:
    from fitscribe.engine import Call
    from fitscribe.engine.installed import PointStatus
    from fitscribe.tracking.sweeps import Seat

# Held while a run's first line is written, which opens the runs around it first.
_opening = threading.RLock()


class ActiveRun(MetricLog, FactLog, ModelLog, ChildLog, Run):
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
        seat: Seat | None = None,
        opened_as: str | None = None,
    ) -> None:
        super().__init__(store, opened_as or new_id())
        self.opened_at = time.time()
        self.opened_by_main_thread = threading.current_thread() is threading.main_thread()
        self.outer = context.enclosing_run()
        self.ended = False
        self._ended_as: str | None = None
        self.options = options
        self.pace = Pace(self)
        self._site = site
        self._role = role
        self._process = os.getpid()
        sweep = None if seat is None else seat.sweep
        self.seat = seat
        self._writer: RunWriter | ChildWriter = (
            ChildWriter(sweep._writer, self.id)
            if seat is not None and sweep is not None and seat.is_within
            else RunWriter(store.run_folder(self.id))
        )
        if sweep is not None and isinstance(self._writer, ChildWriter):
            self._keep_in(sweep.id)
        self._point = self._writer.point
        # Another process of the launch has opened it, and will end it.
        self._is_anothers = self._on_disk = opened_as is not None
        self.final: dict[str, float] = {}
        """The last value of each metric."""
        self.curve_names = set()
        self._telling = {}
        self._refused = Refused()
        self._cpu = self._sampling_cpu = 0.0
        self.call: Call | None = None
        """The observed call that it is the run of, if it is of one."""
        self.training_cpu_s = 0.0
        """CPU seconds that fitscribe has spent on the calls of the training."""
        parent = sweep or self.outer
        self._header: dict[str, Any] = {
            "id": self.id,
            "name": name,
            "experiment": experiment,
            "parent": None if parent is None else parent.id,
            "role": role,
            "site": site,
            **(header or {}),
        }

    @property
    def status(self) -> str:
        """See :attr:`fitscribe.reading.Run.status`."""
        found = super().status
        # What has ended has, whether the store took word of it or not.
        return self._ended_as if self._ended_as is not None and found == "running" else found

    # -- what every log call goes through

    def _record(self, event: str, /, **fields: Any) -> None:
        def write() -> None:
            left = part("masking", lambda: masked(event, fields), None)
            if left is None:
                self._writer.event("unseen", what=event, why="what is secret in it could not be told")
            else:
                self._writer.event(event, **left)

        if not self._store_takes(write):
            self._refused.note(event, fields)

    def _store_takes(self, write: Callable[[], None]) -> bool:
        if aside.asleep:
            aside.wake()
        started = time.thread_time()
        try:
            if not self._on_disk:
                self._open()
            write()
        except StepTooLarge:
            raise
        except Exception as error:
            self._store_failed(error)
            return False
        finally:
            self._cpu += time.thread_time() - started
        if self._refused.is_due:
            self._tell_refused()
        return True

    def _open(self) -> None:
        with _opening:
            if self._on_disk:
                return
            if self.outer is not None and not self.outer._on_disk:
                self.outer._open()
            self._header["launch"] = part("launch", lambda: launch_id(self._store), None)
            try:
                self._writer.event("run", **self._header)
            except Exception:
                if isinstance(self._writer, RunWriter):  # a run without a name that nobody comes back to
                    self._writer.discard()
                raise
            self._on_disk = True
            if self._ended_as is not None:  # the store took nothing of it while it went on
                self._writer.event("end", status=self._ended_as, error=None)
            index = sys.modules.get("fitscribe.reading.index")
            if index is not None:  # who has not imported it has seen nothing
                index.look_again(self._store)
        with engine.guarded("system"):
            sampler.watch(self)

    def _store_failed(self, error: Exception) -> None:
        if isinstance(error, OSError):
            engine.report("store", error)
        else:
            keep("recording", error)
        self._refused.because(error)

    def _tell_refused(self) -> None:
        while (told := self._refused.take()) is not None:
            event, fields = told
            try:
                self._writer.event(event, **masked(event, fields))
            except Exception as error:
                self._refused.put_back(event, fields)
                self._store_failed(error)
                return

    def _tell_those_around(self) -> None:
        """Have the run that this one was made in say that it is missing."""
        sweep = None if self.seat is None else self.seat.sweep
        around = self.outer if sweep is None or (self.outer is not None and not sweep._on_disk) else sweep
        if around is not None:
            around._refused.note_run(f"{self._role} {self._header['name']} ({self.id})", self._refused)

    # -- parameters, tags

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
        if self.seat is not None and not continued.is_left_open(self):  # parts of one training differ, too
            with self.section("sweep"):
                self.seat.loop.took(values, changed)

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

    def log_signature(self, signature: Mapping[str, Any]) -> None:
        """Record the columns and types that the model takes and gives."""
        self._record("signature", signature=dict(signature))

    def note_unseen(self, what: str, why: str) -> None:
        """Say on the run what was not recorded, and why."""
        self._record("unseen", what=what, why=why)

    def note_seen(self, what: str) -> None:
        """Take back that something was not recorded: it has been since.

        Args:
            what: as :meth:`note_unseen` was given it.
        """
        self._record("seen", what=what)

    def note_problem(self, where: str, error: BaseException) -> None:
        """Say on the run that a part of fitscribe failed."""
        self._record("problem", where=where, error=f"{type(error).__name__}: {error}")

    def log_coverage(self, framework: str) -> None:
        """Record the state of each patch point of a framework."""
        self._record("coverage", points=_encoded(tuple(engine.coverage_for(framework))))

    def log_cost(self) -> None:
        """Record what recording the training has cost so far."""
        self._record("cost", cpu_s=round(self.training_cpu_s + self._sampling_cpu, 6))

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
                if not engine.is_from_outside(error):
                    self.note_problem(name, error)
                raise

    # -- the end

    def resume(self) -> None:
        """Open the run again: its training goes on after it seemed to be over."""
        self.ended = False
        self._ended_as = None
        self.log_resumed()
        if self.seat is not None:
            with self.section("sweep"):
                self.seat.loop.began(self)

    def end(self, status: str = "finished", error: BaseException | Mapping[str, str] | None = None) -> None:
        """End the run; a second call does nothing. Of another process's run, end what this one writes.

        Args:
            status: ``finished``, ``failed``, ``interrupted`` or ``unobserved``.
            error: what the training died of: an exception, or what was described of one.

        Raises:
            ValueError: it is none of these.
        """
        if status not in ENDS:
            raise ValueError(f"a run ends as {', '.join(ENDS[:-1])} or {ENDS[-1]}, not as {status!r}")
        if self.ended or self._process != os.getpid():
            return
        with engine.guarded("run.end"):
            last = self.pace.take_last()
            self.log_timed(last)
            self.final.update({name: value for name, _, _, value in last})
        if self._role == "group":
            continued.end_within(self, status, error if isinstance(error, BaseException) else None)
        self.ended = True
        self._ended_as = status
        context.leave(self)
        if not self._on_disk:
            if isinstance(self._writer, RunWriter):
                self._writer.discard()
            if self._refused.any:
                self._tell_those_around()
            return
        if self._is_anothers:
            with engine.guarded("run.end"), closing(self._writer):
                self._tell_refused()
            return
        stored = False
        try:
            with closing(self._writer) as writer:
                try:
                    self._tell_refused()
                    for what, why in (*unseen.processes(), *not_written(self._store)):
                        writer.event("unseen", what=what, why=why)
                    if self._role == "group":
                        if engine.is_active():
                            points = [each._asdict() for each in engine.coverage(look=False)]
                            writer.event("coverage", points=points)
                        writer.event("cost", cpu_s=round(self._cpu + self._sampling_cpu, 6))
                finally:
                    # On a full disk there may be room for this yet: a run without it counts as crashed.
                    writer.event("end", status=status, error=described(error))
            stored = not self._refused.any
        except Exception as failure:
            self._store_failed(failure)
        if not self.options.quiet:
            lost = "" if stored else "the store did not take all of it: "
            with engine.guarded("line at the end"):
                say_ended(
                    hint=f"{lost}fitscribe show {self.id[:6]}",
                    name=self._header["name"],
                    status=status,
                    seconds=time.time() - self.opened_at,
                    metrics=self.final if self._role == "training" else {},
                    site=self._site,
                )

    def __enter__(self) -> ActiveRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with engine.guarded("run.end"):
            self.end(status_of(error), error)


@lru_cache(maxsize=16)
def _encoded(points: tuple[PointStatus, ...]) -> AsIs:
    """The states of patch points, which are the same for almost every run of a process."""
    return AsIs([encode(status._asdict()) for status in points])


def _renew_lock_in_child() -> None:
    global _opening
    _opening = threading.RLock()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_renew_lock_in_child)
