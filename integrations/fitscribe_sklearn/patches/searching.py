"""The patch point of searches: what each round of candidates gave."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from fitscribe.engine import Call, observes
from fitscribe_sklearn.following import follower_of


@observes(
    "sklearn.model_selection._search:BaseSearchCV._format_results",
    id="search_round",
    relies_on=("candidate_params", "n_splits", "out"),
    nested=True,
)
def search_round(call: Call) -> Generator[None, Any, None]:
    """Tell the search around it of its candidates so far, those of worker processes included."""
    follower = follower_of(call.owner)
    if follower is None:
        return
    results = yield
    follower.round_ended(call, results)
