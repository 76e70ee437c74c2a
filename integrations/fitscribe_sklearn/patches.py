"""What is patched in scikit-learn, and what happens around each call.

Nothing here imports scikit-learn or NumPy; the modules that read its objects are imported at the first fit.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes


@observes(
    "sklearn.base:BaseEstimator",
    id="estimator_fit",
    methods=("fit", "fit_predict", "fit_transform"),
    # Both replace methods of a class as it is made.
    definers=(
        "sklearn.utils._set_output:_SetOutputMixin",
        "sklearn.utils._metadata_requests:_MetadataRequester",
    ),
)
def estimator_fit(call: Call) -> Generator[None, Any, None]:
    """Record the outermost fit of an estimator."""
    from fitscribe_sklearn.kinds import Kind, kind_of

    kind = kind_of(call.instance)
    if kind is Kind.FROZEN:
        return
    if kind is Kind.TRANSFORMER:
        # Owned all the same: the regressions of an IterativeImputer are no runs either.
        yield
        return
    from fitscribe.tracking import training_run
    from fitscribe_sklearn.recording import Recording

    recording = Recording(call, kind)
    with training_run(
        call,
        name=type(call.instance).__name__,
        params=recording.parameters.values,
        changed=recording.parameters.changed,
    ) as run:
        recording.before(run)
        yield
        recording.after(run)
