"""Trainings that went past the patch points: what is said of them, once each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fitscribe import engine
from fitscribe.engine.gate import APPLIED, OBSERVES_ONLY
from fitscribe.tracking.context import active_run
from fitscribe.tracking.weakly import WeakTable

if TYPE_CHECKING:
    from fitscribe.engine import Call

_WHY = (
    "it began before autolog(), or the function was called by a reference from before that (a closure, "
    "functools.partial, a container)"
)

# By what is trained.
_said: WeakTable[bool] = WeakTable()


def is_of_the_framework(call: Call, *functions: str) -> bool:
    """Whether a round of training is no loop of the script's own, as the framework itself calls for it.

    A function of the framework that makes the rounds, and that is observed, was not seen then: the run that
    is open here says so, and standard error does once per process.

    Args:
        call: of the method that trains one round, which nothing observed is around.
        functions: those that make the rounds, as ``module.function``; each is the point of that name.
    """
    through = call.through()
    if not through:
        return False
    function = next((each for each in through if each in functions), None)
    if function is not None and not _said.get(call.instance):
        _said.set(call.instance, True)
        _say(call.framework, function.rpartition(".")[2])
    return True


def _say(framework: str, name: str) -> None:
    point = f"{framework}.{name}"
    states = {status.id: status.state for status in engine.coverage_for(framework)}
    if states.get(point) not in (APPLIED, OBSERVES_ONLY):
        return  # that nothing is recorded by it is known already
    engine.notice(f"a training by {point} was not seen: {_WHY}; call autolog() first")
    run = active_run()
    if run is not None:
        run.note_unseen(f"a training by {point}", _WHY)
