"""How the iterations of a training ended, in the same words for every framework."""

from __future__ import annotations

from typing import Any

RAN_OUT = "ran out of iterations"


def early_stopping_fact(
    *,
    watched: str | None,
    patience: Any,
    tolerance: Any,
    best: tuple[int, float | None] | None,
    last: Any,
    stopped: bool,
    reason: str,
    direction: str | None = None,
    best_step: int | None = None,
) -> dict[str, Any]:
    """Return the fact ``early_stopping`` of a run, which its page shows.

    Args:
        watched: the series, such as ``valid/loss``.
        patience: iterations without improvement that were waited for.
        tolerance: the least change that is one.
        best: the best iteration and the value there, if that is known. Iterations are counted as the
            framework itself counts them, from 0 or from 1.
        last: the last iteration that was made, counted likewise.
        stopped: whether that was before the last one allowed.
        reason: why it ended, in words: begins with :data:`RAN_OUT` where nothing stopped it.
        direction: ``min`` or ``max``, where it is known.
        best_step: where the best iteration is in the series, if its steps are counted otherwise.
    """
    wasted = None if best is None or last is None else last - best[0]
    return {
        "watched": watched,
        **({"direction": direction} if direction else {}),
        "patience": patience,
        "tolerance": tolerance,
        "best_iteration": best[0] if best else None,
        "best": best[1] if best else None,
        **({"best_step": best_step} if best_step is not None else {}),
        "last_iteration": last,
        **({"wasted_iterations": wasted} if wasted is not None else {}),
        "stopped_early": bool(stopped),
        "reason": reason,
    }


def no_improvement(patience: Any) -> str:
    """Say that a training ended because what it watched did not improve for so many iterations."""
    return f"no improvement for {patience} iterations"
