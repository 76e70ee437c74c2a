"""The patch point of scikit-learn's own datasets: where data comes from that no file was read for."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes


@observes(
    "sklearn.datasets:load_*,fetch_*,make_*",
    id="dataset",
    from_outside=True,
    but=("fetch_file", "load_sample_image*"),
)
def dataset(call: Call) -> Generator[None, Any, None]:
    """Note that data is a dataset of scikit-learn's, and which labels belong to it."""
    arguments = dict(call.arguments)
    result = yield
    from fitscribe_sklearn.datasets import note_dataset

    note_dataset(f"sklearn.datasets.{call.name}", arguments, result)
