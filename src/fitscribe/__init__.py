"""Autologging for machine learning: one line records every training of a script in a local store.

``fitscribe.autolog()`` is all that most scripts need. The rest of this module is for those who want to group
trainings, log by hand, or read the runs back. Names are loaded when first used, so that the one line costs
little more than the patching engine itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from fitscribe.autologging import autolog, disable
from fitscribe.engine import suppress

if TYPE_CHECKING:
    from fitscribe.reading import get_run, search_runs
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

# The others are in fitscribe.tracking.api.
_HOMES = {
    "get_run": "fitscribe.reading",
    "metric": "fitscribe.tracking.metric",
    "search_runs": "fitscribe.reading",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'fitscribe' has no attribute {name!r}")
    module = importlib.import_module(_HOMES.get(name, "fitscribe.tracking.api"))
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
