"""What is patched in KerasTuner, and what happens around each call.

Nothing here imports KerasTuner, Keras or NumPy; the modules that read their objects are imported at the first
call.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes

_TUNER = "keras_tuner.src.engine.base_tuner:BaseTuner"


@observes(_TUNER, id="search", methods=("search",))
def search(call: Call) -> Generator[None, Any, None]:
    """Record a search; its trials are its children."""
    from fitscribe_keras_tuner import searches

    yield from searches.observe(call)


@observes(_TUNER, id="trial", methods=("run_trial",), relies_on=("trial",), nested=True)
def trial(call: Call) -> Generator[None, Any, None]:
    """Record a trial of a search; what Keras trains within it adds to its run."""
    from fitscribe_keras_tuner import searches

    yield from searches.observe_trial(call)


@observes(_TUNER, id="trial_end", methods=("on_trial_end",), relies_on=("trial",), nested=True)
def trial_end(call: Call) -> Generator[None, Any, None]:
    """Record what became of a trial: its score is computed in this call."""
    from fitscribe_keras_tuner import searches

    yield from searches.observe_end(call)


@observes(_TUNER, id="load", methods=("load_model",), relies_on=("trial",))
def load(call: Call) -> Generator[None, Any, None]:
    """Remember which trial a model was loaded from: what it is evaluated to goes to the run of that."""
    model = yield
    from fitscribe_keras_tuner import searches

    searches.remember_loaded(call, model)


POINTS = (search, trial, trial_end, load)
