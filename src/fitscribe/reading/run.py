"""A run, read from the store."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fitscribe.reading import launches
from fitscribe.reading.holder import Holder
from fitscribe.reading.look import Look, look_at, stamp_of
from fitscribe.reading.recorded import Recorded
from fitscribe.reading.records import unpack
from fitscribe.reading.snapshot import Snapshot
from fitscribe.store import RunRecord, Series, Store, checked_id, is_valid_id, read_series

if TYPE_CHECKING:
    from fitscribe.reading.runs import Runs


class Indexed(NamedTuple):
    """What the index keeps of a run.

    Attributes:
        id: the run's id.
        stamp: of the run's folder when it was looked at; 0 where it must be looked at again.
        text: its record, packed; None where it was too large.
        holder: the run in whose files it is kept; None for one with a folder of its own.
        only: the one training in a group.
    """

    id: str
    stamp: int
    text: str | None
    holder: str | None
    only: Indexed | None


class Run(Recorded):
    """One run. Nothing is read before it is asked for; what was written since is seen.

    A group (``start_run``) that holds exactly one training, and no other run, shows that training's
    parameters, metrics, datasets, signature, models and artifacts as its own; its own values win.

    Args:
        store: where it is.
        run_id: its whole id; a run that is not there reads as empty.

    Raises:
        ValueError: the id could not be one.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self.id = checked_id(run_id)
        # What is known of a run that is being written, before any of it is on disk.
        self._header: dict[str, Any] = {}
        self._seen: Look | None = None
        self._holder: Holder | None = None
        self._place_known = False
        self._packed: Indexed | None = None
        self._only: Run | None = None
        self._only_known = False

    @classmethod
    def from_index(cls, store: Store, row: Indexed, holders: dict[str, Holder]) -> Run:
        """Return the run of a row of the index, which is not read again unless it has changed since.

        Args:
            store: where it is.
            row: what the index keeps of it.
            holders: by id, the runs that keep others; this run's is added to them.
        """
        run = Run(store, row.id)
        run._packed = row
        run._only_known = row.stamp != 0
        run._place_known = True
        if row.holder is not None:
            run._holder = holders.setdefault(row.holder, Holder(store, row.holder))
        if row.only is not None:
            run._only = cls.from_index(store, row.only, holders)
        return run

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r} {self.status}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Run) and (self.id, self._store) == (other.id, other._store)

    def __hash__(self) -> int:
        return hash(self.id)

    # -- what it is

    @property
    def store(self) -> Store:
        """The store that it is in."""
        return self._store

    @property
    def path(self) -> Path:
        """The run's folder; that of its holder where it is kept in the files of another run."""
        holder = self._kept_in()
        return self._store.run_folder(self.id) if holder is None else holder.folder

    @property
    def holder(self) -> Run | None:
        """The run in whose files it is kept, as candidates of a search are; None where it has its own."""
        holder = self._kept_in()
        return None if holder is None else Run(self._store, holder.id)

    @property
    def name(self) -> str:
        """What it is called: the estimator's class, or the name given to ``start_run``."""
        return self._head("name") or ""

    @property
    def experiment(self) -> str:
        """The name that groups runs."""
        return self._head("experiment") or ""

    @property
    def role(self) -> str:
        """What it is: ``training``, ``group`` for a ``start_run`` block, ``sweep`` for trainings in a loop,
        ``candidate`` of a search, ``fold`` of a cross-validation.
        """
        return self._head("role") or ""

    @property
    def site(self) -> str:
        """``file:line`` of the call, or of the block."""
        return self._head("site") or ""

    @property
    def launch_id(self) -> str | None:
        """The id of the launch that it belongs to."""
        return self._head("launch")

    @property
    def framework(self) -> str | None:
        """Which framework trained it."""
        found = self.snapshot().head_of_training("framework")
        return found if isinstance(found, str) else None

    @property
    def framework_version(self) -> str | None:
        """The version of the framework."""
        found = self.snapshot().head_of_training("framework_version")
        return found if isinstance(found, str) else None

    @property
    def status(self) -> str:
        """``finished``, ``failed``, ``interrupted``, ``unobserved``, ``running``, ``crashed``, ``silent``."""
        record = self._record_now()
        if not record.writers and self._header:
            return "running"
        return record.status

    @property
    def started(self) -> float | None:
        """When it began, in seconds since 1970."""
        return self._record_now().started

    @property
    def stopped(self) -> float | None:
        """When it ended, in seconds since 1970; the last sign of life of one that crashed; else None."""
        return self.snapshot().stopped

    @property
    def duration(self) -> float | None:
        """Seconds it took, or has taken so far."""
        return self.snapshot().duration

    @property
    def error(self) -> dict[str, Any] | None:
        """``type``, ``message`` and ``traceback`` of what it died of."""
        return self.snapshot().error

    def load_model(self, name: str = "model", *, trust: bool = False) -> Any:
        """Load a model.

        Args:
            name: the name it was logged under.
            trust: load a pickle that is not signed with one's own key; it can execute anything.

        Raises:
            LookupError: the run has no such model; the message says why, if that is known.
            UntrustedModel: it was not written with this user's key, or was changed since.
            ModelNotLoadable: what it needs is not installed here, or its file is damaged.
            OSError: its file cannot be read.
        """
        from fitscribe.reading.load import load_model

        return load_model(self, name, trust=trust)

    # -- where it comes from, and what belongs to it

    @property
    def environment(self) -> dict[str, Any]:
        """Python, platform and versions of the distributions in use; empty where nothing was kept."""
        return launches.read_environment(self._store, self.launch_id)

    @property
    def source(self) -> dict[str, Any]:
        """Script, arguments, git state, ``diff``, ``code`` that git lacks; empty where nothing was kept."""
        return launches.read_source(self._store, self.launch_id)

    @property
    def parent(self) -> Run | None:
        """The run that it was made in; None where there is none, or where it was removed."""
        parent = self._head("parent")
        if parent is None or not is_valid_id(parent):
            return None
        found = Run(self._store, parent)
        return found if found.path.is_dir() else None

    @property
    def children(self) -> Runs:
        """The runs made in it, the first one first."""
        from fitscribe.reading.family import children_of

        return children_of(self)

    # -- reading

    def snapshot(self) -> Snapshot:
        """Read the run once, for a caller that looks at more than one thing."""
        own = self._record_now()
        return Snapshot(self._store, own, self._training(own))

    def _head(self, name: str) -> str | None:
        # A run that is being written knows its head: its log calls must not read files.
        value = self._header[name] if name in self._header else self._record_now().header.get(name)
        return value if isinstance(value, str) else None

    def _record_now(self) -> RunRecord:
        stamp = stamp_of(self.path)
        seen, packed = self._seen, self._packed
        if seen is not None and seen.stamp and seen.stamp == stamp:
            return seen.record
        self._seen = None
        if packed is not None and packed.stamp and packed.stamp == stamp and packed.text is not None:
            with contextlib.suppress(ValueError):  # the index is damaged, and the files are not
                self._seen = Look(unpack(packed.text), stamp, 0.0)
        if self._seen is None:
            holder = self._kept_in()
            self._seen = look_at(self.path) if holder is None else holder.look_at(self.id)
        self._packed = None
        return self._seen.record

    def _keep_in(self, holder: str) -> None:
        """Take note that the run is being written into the files of another one."""
        self._holder, self._place_known = Holder(self._store, holder), True

    def _kept_in(self) -> Holder | None:
        if not self._place_known:
            self._place_known = self._store.run_folder(self.id).is_dir()
            if not self._place_known:
                from fitscribe.reading.family import holder_of

                holder = holder_of(self._store, self.id)
                if holder is not None:
                    self._keep_in(holder)
        return self._holder

    def _own_series(self, name: str) -> Series:
        return read_series(self.path, name, None if self._kept_in() is None else self.id)

    def _training(self, own: RunRecord) -> RunRecord | None:
        """The record of the only training of a group."""
        if own.header.get("role") != "group":
            return None
        if not self._only_known:
            from fitscribe.reading.family import only_training_of

            self._only = only_training_of(self)
            # The children of a run that is over stay what they are.
            self._only_known = self._seen is not None and self._seen.stamp != 0
        return None if self._only is None else self._only._record_now()
