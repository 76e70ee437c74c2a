"""What the script was started with, on the run of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe.capture.command_line import script_parameters

if TYPE_CHECKING:
    from fitscribe.tracking.run import ActiveRun


def log_script_parameters(run: ActiveRun) -> None:
    """Record the parameters of the script, those marked that somebody has chosen; nothing where it has none.

    Args:
        run: of a training that parameters of the script's own may be about.
    """
    with run.section("parameters of the script"):
        values, chosen = script_parameters()
        if values:
            run.log_params(values, changed=chosen)
