"""The tensorboardX companion of fitscribe: what a script gives to its SummaryWriter."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, Integration, Watched, observes, watches

__all__ = ["integration"]

_WRITER = "tensorboardX.writer:SummaryWriter"


@watches(f"{_WRITER}.add_scalar", id="scalar")
def scalar(call: Watched) -> None:
    """Take one number."""
    if call.instance is not None and call.error is None:
        from fitscribe.tracking import summaries

        summaries.scalar_added(call.instance, call.args, call.kwargs)


@watches(f"{_WRITER}.add_scalars", id="scalars")
def scalars(call: Watched) -> None:
    """Take several numbers."""
    if call.instance is not None and call.error is None:
        from fitscribe.tracking import summaries

        summaries.scalars_added(call.instance, call.args, call.kwargs)


@watches("tensorboardX.writer:FileWriter.add_summary", id="summary")
def summary(call: Watched) -> None:
    """Take the pictures and texts that the writer has made of what it was given."""
    if call.instance is not None and call.error is None:
        from fitscribe.tracking import summaries

        summaries.summary_made(call.instance, call.args, call.kwargs)


@observes(f"{_WRITER}.add_hparams", id="parameters", relies_on=["hparam_dict", "metric_dict", "global_step"])
def parameters(call: Call) -> Generator[None, Any, None]:
    """Take parameters, and metrics; a writer of its own that the call makes is no writer of the script's."""
    from fitscribe.tracking import summaries

    given = call.arguments
    hparams, metrics, step = given["hparam_dict"], given["metric_dict"], given.get("global_step")
    writer = call.instance
    yield
    summaries.parameters_added(writer, hparams, metrics, step)


integration = Integration("tensorboardX", [scalar, scalars, summary, parameters])
