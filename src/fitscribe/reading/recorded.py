"""What was recorded of a run: the larger half of :class:`fitscribe.reading.Run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fitscribe.reading.snapshot import Snapshot
from fitscribe.store import Series, Store, read_series

if TYPE_CHECKING:
    from fitscribe.reading.run import Run


class Recorded:
    """The values of a run; each is read when it is asked for."""

    @property
    def store(self) -> Store:
        """The store that it is in."""
        raise TypeError("Recorded is a part of a run")

    @property
    def path(self) -> Path:
        """The run's folder."""
        raise TypeError("Recorded is a part of a run")

    def snapshot(self) -> Snapshot:
        """Read the run once, for a caller that looks at more than one thing."""
        raise TypeError("Recorded is a part of a run")

    def _own_series(self, name: str) -> Series:
        raise TypeError("Recorded is a part of a run")

    @property
    def params(self) -> dict[str, Any]:
        """Parameters by name, with their Python types."""
        return self.snapshot().params

    @property
    def changed(self) -> list[str] | None:
        """Names of the parameters that differ from their defaults; None where defaults are unknown."""
        return self.snapshot().changed

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric by its name."""
        return {name: summary.last for name, summary in self.snapshot().summaries.items()}

    def series(self, name: str) -> Series:
        """Return the points of one metric, in the order of logging.

        Args:
            name: the metric's name; one that was never logged has no points.

        Returns:
            ``steps``, ``values`` and ``times`` (seconds since 1970), NumPy arrays where NumPy is installed.
        """
        own = self._own_series(name)
        if len(own):
            return own  # a snapshot looks at every point of every metric, which takes longer than this
        training = self.snapshot().training
        if training is None:
            return own
        return read_series(self.store.run_folder(training.folder_id), name, training.child_id)

    @property
    def tags(self) -> dict[str, Any]:
        """Tags by name."""
        return self.snapshot().tags

    @property
    def notes(self) -> str:
        """Free text."""
        return self.snapshot().own.notes

    @property
    def facts(self) -> dict[str, Any]:
        """What the fitted object says of itself, such as ``n_iter_``."""
        return self.snapshot().facts

    @property
    def datasets(self) -> list[dict[str, Any]]:
        """``role`` and ``description`` (schema, size, fingerprint) of each dataset that it saw."""
        return self.snapshot().datasets

    @property
    def signature(self) -> dict[str, Any] | None:
        """The columns and types that the model takes and gives."""
        return self.snapshot().signature

    @property
    def models(self) -> list[dict[str, Any]]:
        """Name, type, format, size and path of each model."""
        return self.snapshot().models

    @property
    def artifacts(self) -> list[dict[str, Any]]:
        """Name and kind of each artifact, and either its `data` (a matrix, a curve) or its size and path.

        Sizes are in bytes; paths are relative to the run's own.
        """
        return self.snapshot().artifacts

    # -- to look at

    def plot(self, name: str, *, x: str = "step", ax: Any = None) -> Any:
        """Draw a series, or what an evaluation has kept, with matplotlib.

        Args:
            name: of a series (``train/loss``); of a metric, on whatever data it was measured (``loss``); of a
                record (``test/roc``); or the kind of one: ``roc``, ``pr``, ``calibration``, ``residuals``,
                ``confusion_matrix``, ``feature_importance``, ``coefficients``, of held-out data first.
            x: for series ``step``, ``epoch``, ``time`` or ``relative`` (seconds since the start).
            ax: axes to draw into; new ones by default.

        Returns:
            The axes.

        Raises:
            LookupError: the run has nothing of that name.
            ValueError: `x` is another word, or the data cannot be read.
            ImportError: matplotlib is not installed.
        """
        from fitscribe.reading.plots import plot

        return plot([cast("Run", self)], name, x=x, ax=ax)

    def _repr_html_(self) -> str:
        from fitscribe.reading.notebook import run_html

        return run_html(cast("Run", self))

    # -- what fitscribe says of itself

    @property
    def coverage(self) -> list[dict[str, Any]]:
        """The patch points of the framework: which were applied, and why the others were not."""
        return self.snapshot().coverage

    @property
    def unseen(self) -> list[dict[str, Any]]:
        """``what`` was not recorded, and ``why``."""
        return self.snapshot().everything("unseen")

    @property
    def problems(self) -> list[dict[str, Any]]:
        """``where`` a part of fitscribe failed, and the ``error``."""
        return self.snapshot().everything("problems")

    @property
    def lost(self) -> list[dict[str, Any]]:
        """How many ``points`` the store could not take, and ``why``: one for each reason.

        ``first`` and ``last`` are when it was written down, in seconds since 1970.
        """
        return self.snapshot().everything("lost")

    @property
    def damage(self) -> list[str]:
        """What cannot be read of the run's files, one sentence each."""
        return self.snapshot().everything("damage")

    @property
    def cost(self) -> dict[str, Any] | None:
        """What fitscribe cost the run, as ``cpu_s`` in seconds."""
        return self.snapshot().cost
