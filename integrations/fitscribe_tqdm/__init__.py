"""The tqdm companion of fitscribe: the numbers beside a progress bar become series."""

from __future__ import annotations

import sys

from fitscribe.engine import Integration, Watched, watches

__all__ = ["integration"]


@watches("tqdm.std:tqdm", id="postfix", methods=("set_postfix",))
def postfix(call: Watched) -> None:
    """Take the numbers that a bar is to show, whether it shows them or is switched off."""
    # Most bars are of no training: where none was ever recorded they cost no import either.
    if call.instance is not None and call.error is None and "fitscribe.tracking.run" in sys.modules:
        from fitscribe_tqdm import bars

        bars.shown(call.instance, call.args, call.kwargs)


@watches("tqdm.std:tqdm", id="close", methods=("close",))
def close(call: Watched) -> None:
    """Take note that a bar has come to its end."""
    bars = sys.modules.get("fitscribe_tqdm.bars")
    if bars is not None and call.instance is not None:
        bars.closed(call.instance)


integration = Integration("tqdm", [postfix, close])
