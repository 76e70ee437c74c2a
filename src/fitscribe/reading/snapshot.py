"""What a run showed at one moment, its values decoded."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Mapping
from typing import Any

from fitscribe.reading.launches import is_missing
from fitscribe.reading.paths import path_inside
from fitscribe.store import MetricSummary, RunRecord, Store
from fitscribe.store.values import Opaque, decode

# The folder of a launch is made on a thread of its own, as the first run begins.
_WRITTEN_WITHIN_S = 5.0


class Snapshot:
    """A record, and that of the only training of a group, whose values the group shows as its own.

    Args:
        store: where the run is.
        own: the run's record.
        training: the record of the only training in a group, if there is just one.
    """

    def __init__(self, store: Store, own: RunRecord, training: RunRecord | None) -> None:
        self._store = store
        self.own = own
        self.training = training
        self.records = [own] if training is None else [training, own]
        """Those that count, what wins last."""

    # -- what the run is

    def head(self, name: str) -> str | None:
        """A text of the run's first event, such as its name."""
        return _text(self.own.header.get(name))

    def head_of_training(self, name: str) -> Any:
        """A value of the first event, that of the training in a group: framework, version, patch point."""
        for record in reversed(self.records):
            value = record.header.get(name)
            if value is not None:
                return decoded(value)
        return None

    @property
    def status(self) -> str:
        """See :attr:`Run.status`."""
        return self.own.status

    @property
    def started_at(self) -> datetime.datetime | None:
        """When it began, in UTC; None also for a number that no calendar reaches."""
        if self.own.started is None:
            return None
        try:
            return datetime.datetime.fromtimestamp(self.own.started, datetime.timezone.utc)
        except (ValueError, OverflowError, OSError):
            return None

    @property
    def stopped(self) -> float | None:
        """When it ended; for one that crashed, when it wrote last."""
        if self.own.ended is None and self.status == "crashed":
            return self.own.last_write or None
        return self.own.ended

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or to now, or to the last sign of life."""
        if self.own.started is None:
            return None
        end = self.stopped
        if end is None:
            end = time.time() if self.status == "running" else self.own.last_write
        return max(0.0, end - self.own.started)

    @property
    def error(self) -> dict[str, Any] | None:
        """Type, message and traceback of what it died of."""
        error = decoded((self.own.end or {}).get("error"))
        return error if isinstance(error, dict) else None

    @property
    def lacks_launch(self) -> bool:
        """Whether what its launch has kept is not there, and somebody must have deleted it."""
        began = self.own.started or 0.0
        return time.time() - began > _WRITTEN_WITHIN_S and is_missing(
            self._store, self.own.header.get("launch")
        )

    # -- what was recorded

    def encoded(self, name: str) -> dict[str, Any]:
        """Parameters or facts as they lie in the files; a group's own values win."""
        return {key: value for each in self.records for key, value in getattr(each, name).items()}

    @property
    def params(self) -> dict[str, Any]:
        """Parameters by name."""
        return _decoded_dict(self.encoded("params"))

    @property
    def changed(self) -> list[str] | None:
        """Names of the parameters that differ from their defaults, where defaults are known."""
        known = [each.changed for each in self.records if each.changed is not None]
        return sorted({name for names in known for name in names}) if known else None

    @property
    def chosen(self) -> frozenset[str] | None:
        """Names of the parameters that somebody chose; None where no defaults are known.

        They differ from their defaults, or have none, as arguments of a fit and what was logged by hand.
        """
        changed = self.changed
        if changed is None:
            return None
        given = {name: name in each.given for each in self.records for name in each.params}
        return frozenset([*changed, *(name for name, is_given in given.items() if is_given)])

    @property
    def summaries(self) -> dict[str, MetricSummary]:
        """Last, smallest and largest value of each metric."""
        return {name: summary for each in self.records for name, summary in each.last.items()}

    @property
    def tags(self) -> dict[str, Any]:
        """Tags by name."""
        return _decoded_dict(self.own.tags)

    @property
    def facts(self) -> dict[str, Any]:
        """What the fitted object says of itself."""
        return _decoded_dict(self.encoded("facts"))

    @property
    def signature(self) -> dict[str, Any] | None:
        """Columns and types that the model takes and gives."""
        for record in reversed(self.records):
            if record.signature is not None:
                return _decoded_dict(record.signature)
        return None

    @property
    def encoded_datasets(self) -> list[dict[str, Any]]:
        """Role and description of each dataset as they lie in the files; a group's own win, role by role."""
        roles = {str(each.get("role")) for each in self.own.datasets}
        theirs = [each for each in self._of_training("datasets") if str(each.get("role")) not in roles]
        return [*theirs, *self.own.datasets]

    @property
    def datasets(self) -> list[dict[str, Any]]:
        """Role and description of each dataset."""
        return list(map(_decoded_dict, self.encoded_datasets))

    @property
    def models(self) -> list[dict[str, Any]]:
        """The models; a path is relative to the run's folder, None where it would lead out."""
        return self._files("models")

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        """The artifacts, without those whose path would lead out of the run's folder."""
        return [each for each in self._files("artifacts") if "data" in each or each["path"] is not None]

    def everything(self, name: str) -> list[Any]:
        """What both records list under a name: unseen, problems, lost, damage."""
        return [decoded(item) for each in reversed(self.records) for item in getattr(each, name)]

    @property
    def coverage(self) -> list[dict[str, Any]]:
        """The patch points of the framework, and what became of each."""
        return [_decoded_dict(each) for each in self.own.coverage or self._of_training("coverage")]

    @property
    def cost(self) -> dict[str, Any] | None:
        """What fitscribe cost the run."""
        costs = [each.cost for each in reversed(self.records) if each.cost is not None]
        return _decoded_dict(costs[0]) if costs else None

    def _of_training(self, name: str) -> list[dict[str, Any]]:
        return [] if self.training is None else list(getattr(self.training, name))

    def _files(self, kind: str) -> list[dict[str, Any]]:
        own = getattr(self.own, kind)
        if self.training is None:
            return list(self._located(self.own, own.values()))
        theirs = [each for name, each in getattr(self.training, kind).items() if name not in own]
        return [*self._located(self.training, theirs), *self._located(self.own, own.values())]

    def _located(self, record: RunRecord, files: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
        folder = self._store.run_folder(record.folder_id)
        for each in files:
            if "data" in each:
                yield _decoded_dict(each)
                continue
            path = each.get("path")
            if path_inside(folder, path) is None:
                path = None
            elif record.folder_id != self.own.folder_id:
                path = f"../{record.folder_id}/{path}"
            yield {**_decoded_dict(each), "path": path}


def decoded(data: Any) -> Any:
    """Return the value of encoded data; what cannot be decoded is shown as it lies in the file."""
    try:
        return decode(data)
    except Exception as error:  # a file may hold anything, nested as deeply as it likes
        return Opaque("undecoded", f"<{type(error).__name__} while decoding>")


def _decoded_dict(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: decoded(value) for name, value in data.items()}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
