"""The reading side: runs, and how they are searched, compared and exported. Each is loaded when used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fitscribe.reading.comparison import Comparison, compare
    from fitscribe.reading.exporting import export
    from fitscribe.reading.query_tokens import QueryError
    from fitscribe.reading.run import Run
    from fitscribe.reading.runs import Runs
    from fitscribe.reading.search import AmbiguousRun, RunNotFound, get_run, search_runs

__all__ = [
    "AmbiguousRun",
    "Comparison",
    "QueryError",
    "Run",
    "RunNotFound",
    "Runs",
    "compare",
    "export",
    "get_run",
    "search_runs",
]

# No module is called as a function is: importing it would put the module in the place of the function.
_HOMES = {
    "AmbiguousRun": "search",
    "Comparison": "comparison",
    "QueryError": "query_tokens",
    "Run": "run",
    "RunNotFound": "search",
    "Runs": "runs",
    "compare": "comparison",
    "export": "exporting",
    "get_run": "search",
    "search_runs": "search",
}


def __getattr__(name: str) -> Any:
    # A script that only records needs the run alone, not the filter language and the comparison.
    if name not in _HOMES:
        raise AttributeError(f"module 'fitscribe.reading' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"fitscribe.reading.{_HOMES[name]}"), name)
