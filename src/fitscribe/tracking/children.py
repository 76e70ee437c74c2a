"""What a run has to do with its children and with the run that it is a child of."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fitscribe.store import new_id
from fitscribe.tracking.masked import masked
from fitscribe.tracking.outcome import described
from fitscribe.tracking.refused import Refused

if TYPE_CHECKING:
    from fitscribe.store import ChildWriter, RunWriter
    from fitscribe.tracking.run import ActiveRun

Event = tuple[str, Mapping[str, Any]]

# What a child shares with the run that holds it.
_INHERITED = ("experiment", "launch", "site", "framework", "framework_version", "point", "untested")


class ChildLog:
    """The part of an active run that belongs to a family."""

    id: str
    _header: dict[str, Any]
    _refused: Refused
    _writer: RunWriter | ChildWriter

    def _record(self, event: str, /, **fields: Any) -> None:
        raise TypeError("a ChildLog is a part of a run")

    def _store_takes(self, write: Callable[[], None]) -> bool:
        raise TypeError("a ChildLog is a part of a run")

    def log_child(
        self,
        name: str,
        *,
        params: Mapping[str, Any] | None = None,
        changed: Collection[str] | None = None,
        metrics: Mapping[str, float] | None = None,
        series: Mapping[str, Sequence[float]] | None = None,
        facts: Mapping[str, Any] | None = None,
        records: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
        status: str = "finished",
        error: BaseException | Mapping[str, str] | None = None,
        started: float | None = None,
        stopped: float | None = None,
        role: str = "candidate",
    ) -> str:
        """Record a child that is over, whole and at once: it is one line of this run's log.

        It is found, compared and shown like every run, and has no folder of its own.

        Args:
            name: what was tried, such as the estimator's class.
            params: its parameters.
            changed: names of those that differ from their defaults, where defaults are known.
            metrics: names and final values.
            series: names and values, the first one at step 0: scores over folds.
            facts: what the fitted object says of itself.
            records: by name, kind and data of each; see :meth:`log_record`.
            status: ``finished``, ``failed``, ``interrupted`` or ``unobserved``.
            error: what it died of: an exception, or ``type``, ``message`` and ``traceback`` of one.
            started: when it began, in seconds since 1970; now by default.
            stopped: when it ended; now by default.
            role: what it is to this run.

        Returns:
            The child's id.
        """
        child_id = new_id()
        end = time.time() if stopped is None else stopped
        told = described(error)

        def write() -> None:
            shared = {key: self._header[key] for key in _INHERITED if key in self._header}
            header = {**shared, "id": child_id, "name": name, "parent": self.id, "role": role}
            events: list[Event] = [("run", {"time": end if started is None else started, **header})]
            if params is not None:
                known = {} if changed is None else {"changed": sorted(changed)}
                events.append(("params", {"values": dict(params), **known}))
            points = _points(series or {}, metrics or {})
            if points:
                events.append(("points", {"time": end, "values": points}))
            if facts:
                events.append(("facts", {"values": dict(facts)}))
            for key, (kind, data) in (records or {}).items():
                events.append(("artifact", {"name": key, "kind": kind, "data": dict(data)}))
            events.append(("end", {"time": end, "status": status, "error": told}))
            self._writer.child(child_id, [(event, masked(event, fields)) for event, fields in events])

        if not self._store_takes(write):
            self._refused.note("child", {"name": name})
        return child_id

    def extend_child(
        self,
        child_id: str,
        *,
        metrics: Mapping[str, float] | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Add to a child that this run keeps what is known only later, such as its rank among the others.

        Args:
            child_id: as :meth:`log_child` returned it.
            metrics: names and values.
            facts: what else is known.
        """
        events: list[Event] = []
        if metrics:
            events.append(("points", {"values": _points({}, metrics)}))
        if facts:
            events.append(("facts", masked("facts", {"values": dict(facts)})))
        if events and not self._store_takes(lambda: self._writer.child(child_id, events)):
            self._refused.note("child", {"name": child_id})

    def join(self, parent: ActiveRun) -> None:
        """Become the child of a run that was opened later."""
        self._header["parent"] = parent.id
        self._record("joined", parent=parent.id)

    def rename(self, name: str) -> None:
        """Take another name."""
        self._header["name"] = name
        self._record("renamed", name=name)

    def log_resumed(self) -> None:
        """Record that a run goes on that seemed to be over."""
        self._record("resumed")

    def log_end(self, status: str) -> None:
        """Record that a run is over that may go on; the last time counts."""
        self._record("end", status=status, error=None)


def _points(series: Mapping[str, Sequence[float]], metrics: Mapping[str, float]) -> dict[str, Any]:
    """Step, time and value of each point by the metric's name; their time is that of the event."""
    points: dict[str, Any] = {
        name: [[step, None, float(value)] for step, value in enumerate(numbers)]
        for name, numbers in series.items()
    }
    points.update({name: [[0, None, float(value)]] for name, value in metrics.items()})
    return points
