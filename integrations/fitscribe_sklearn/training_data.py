"""What a run has of the data that was trained on: its description, what it descends from, the data itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fitscribe import lineage
from fitscribe.tracking.kept_data import keep_data
from fitscribe.tracking.lineages import log_lineage

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun


def record_data(run: ActiveRun, data: Any, target: Any) -> dict[str, Any] | None:
    """Describe the data and where it is from, and keep it where that is asked for.

    Args:
        run: the run.
        data: what is trained on, as it is before the training can change it.
        target: the labels; None where there are none.

    Returns:
        The description; None where none is wanted.
    """
    described = None
    if run.options.datasets:
        with run.section("datasets"):
            described = run.log_dataset(data, role="train", target=target)
        with run.section("lineage"):
            _record_lineage(run, data, target)
    if run.options.keep_data != "no":
        with run.section("data"):
            keep_data(run, data, target, how=run.options.keep_data)
    return described


def _record_lineage(run: ActiveRun, data: Any, target: Any) -> None:
    """Record what the data descends from, where anything of that was seen."""
    nodes = {"train": lineage.seen(data)}
    if target is not None:
        nodes["train"], nodes["train target"] = lineage.pair(data, target)
    log_lineage(run, nodes)
