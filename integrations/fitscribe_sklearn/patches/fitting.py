"""The patch point of every `fit`, and what happens around each call."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes

# Both replace methods of a class as it is made.
DEFINERS = (
    "sklearn.utils._set_output:_SetOutputMixin",
    "sklearn.utils._metadata_requests:_MetadataRequester",
)


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_fit",
    methods=("fit", "fit_predict", "fit_transform"),
    definers=DEFINERS,
)
def estimator_fit(call: Call) -> Generator[None, Any, None]:
    """Record the outermost fit of an estimator."""
    from fitscribe_sklearn.kinds import Kind, kind_of

    kind = kind_of(call.instance)
    if kind is Kind.FROZEN:
        return
    if kind is Kind.TRANSFORMER:
        # Owned all the same: the regressions of an IterativeImputer are no runs either.
        result = yield
        from fitscribe_sklearn.transformers import record_fit

        record_fit(call, result)
        return
    from fitscribe.tracking import hosting, training_run
    from fitscribe_sklearn.recording import Recording
    from fitscribe_sklearn.searches import searching
    from fitscribe_sklearn.structure import Structure

    recording = Recording(call, kind)
    structure = Structure(call, recording.parameters)
    with training_run(
        call,
        name=call.class_name,
        params=recording.segment.params,
        changed=recording.segment.changed,
        going_on=recording.segment.run,
    ) as run:
        recording.before(run)
        try:
            with (
                searching(call, run, recording.parameters.raw),
                structure,
                hosting.host(call, run, recording.is_training_the_model),
            ):
                result = yield
        except BaseException:
            recording.broken_off(run)
            structure.log(run)
            raise
        recording.after(run, result)
        structure.log(run)
