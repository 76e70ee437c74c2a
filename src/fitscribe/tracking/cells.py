"""In a notebook a training is over at the end of the cell that stepped it; a later cell may go on with it."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

from fitscribe.engine import guarded
from fitscribe.tracking.outcome import status_of

End = Callable[[str, "BaseException | None"], None]

# Shells, and what is called at the end of each of their cells.
_known: list[tuple[weakref.ref[Any], End]] = []


def end_with_cell(end: End) -> None:
    """See to it that trainings end with each cell, if this is a notebook or another shell with cells.

    Args:
        end: ``end(status, error)`` ends what goes on.
    """
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    if shell is None or any(each() is shell and ends is end for each, ends in _known):
        return
    _known.append((weakref.ref(shell), end))

    def cell_is_over(result: Any) -> None:
        with guarded("run.end"):
            error = result.error_before_exec or result.error_in_exec
            end(status_of(error), error)

    shell.events.register("post_run_cell", cell_is_over)
