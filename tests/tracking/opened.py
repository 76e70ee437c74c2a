"""Runs of trainings as an integration has them, without a training."""

from __future__ import annotations

from typing import Any

from fitscribe.store import Store
from fitscribe.tracking.options import Options
from fitscribe.tracking.run import ActiveRun


def opened(**options: Any) -> ActiveRun:
    """A run that is open, with one parameter.

    Args:
        options: those of the run.
    """
    run = ActiveRun(
        Store.locate(),
        name="training",
        experiment="tests",
        role="training",
        options=Options(quiet=True, **options),
    )
    run.log_params({"depth": 3})
    return run
