"""Autologging for machine learning: one line records every training of a script in a local store.

``fitscribe.autolog()`` is all that most scripts need. The rest of this module is for those who want to group
trainings, log by hand, or read the runs back. Names are loaded when first used, so that the one line costs
little more than the patching engine itself.
"""

from __future__ import annotations

import importlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from fitscribe.autologging import autolog, disable
from fitscribe.engine import notice, suppress

if TYPE_CHECKING:
    from fitscribe.engine.activation import UnsupportedFramework
    from fitscribe.models import (
        ModelNotLoadable,
        SignatureMismatch,
        UnseenMissingValues,
        UntrustedModel,
    )
    from fitscribe.reading import AmbiguousRun, QueryError, RunNotFound, get_run, search_runs
    from fitscribe.tracking.api import (
        active_run,
        load_model,
        log_artifact,
        log_dataset,
        log_dict,
        log_figure,
        log_metric,
        log_metrics,
        log_model,
        log_param,
        log_params,
        log_table,
        log_text,
        set_tag,
        set_tags,
        start_run,
    )
    from fitscribe.tracking.metric import metric

__version__ = "0.1.0"

__all__ = [
    "AmbiguousRun",
    "ModelNotLoadable",
    "QueryError",
    "RunNotFound",
    "SignatureMismatch",
    "UnseenMissingValues",
    "UnsupportedFramework",
    "UntrustedModel",
    "active_run",
    "autolog",
    "disable",
    "get_run",
    "load_model",
    "log_artifact",
    "log_dataset",
    "log_dict",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "metric",
    "search_runs",
    "set_tag",
    "set_tags",
    "start_run",
    "suppress",
]

_HOME = "fitscribe.tracking.api"
# Names that are elsewhere.
_HOMES = {
    "AmbiguousRun": "fitscribe.reading",
    "ModelNotLoadable": "fitscribe.models",
    "QueryError": "fitscribe.reading",
    "RunNotFound": "fitscribe.reading",
    "SignatureMismatch": "fitscribe.models",
    "UnseenMissingValues": "fitscribe.models",
    "UnsupportedFramework": "fitscribe.engine.activation",
    "UntrustedModel": "fitscribe.models",
    "get_run": "fitscribe.reading",
    "metric": "fitscribe.tracking.metric",
    "search_runs": "fitscribe.reading",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'fitscribe' has no attribute {name!r}")
    if sys.is_finalizing():
        return partial(_too_late, name)
    module = importlib.import_module(_HOMES.get(name, _HOME))
    value = globals()[name] = getattr(module, name)
    if module.__name__ == _HOME:
        # The others, too: a `__del__` that logs at the very end comes too late for an import.
        for other in module.__all__:
            globals().setdefault(other, getattr(module, other))
    return value


def _too_late(name: str, *_: Any, **__: Any) -> None:
    """Stands for what was first asked for while Python shuts down: nothing can be imported any more."""
    notice(f"{name}: not recorded, the process is ending (the first log call has to come before)")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
