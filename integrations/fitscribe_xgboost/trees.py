"""What a booster learned: how many trees, how deep, how many leaves, and what each feature counts for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fitscribe_xgboost.depth import depth_of
from fitscribe_xgboost.models import booster_bytes
from fitscribe_xgboost.parameters import tree_count

if TYPE_CHECKING:
    from fitscribe.tracking import ActiveRun

# All that `Booster.get_score` knows of trees (1.7 to 3.2).
IMPORTANCES = ("weight", "gain", "cover", "total_gain", "total_cover")
# Features that are kept of each type.
FEATURES = 100
# What saving and reading one node takes; measured with 3.2 and 1.7.
_NODE_S = 7e-7
_FREE_S = 0.02
_SHARE = 0.01


def log_trees(run: ActiveRun, booster: Any, prefix: str, trained_s: float) -> bytearray | None:
    """Record the size of the trees, and the importance of the features by every type.

    Args:
        run: the run.
        booster: a trained booster.
        prefix: what the names begin with.
        trained_s: CPU seconds of the training, of which one in a hundred may be spent on this.

    Returns:
        The booster in its own format, if it was saved for this.
    """
    trees = tree_count(booster)
    if trees is None:
        for name, record in _coefficients(booster):
            run.log_record(f"{prefix}{name}", name, record)
        return None
    splits = booster.get_score(importance_type="weight")
    # A tree with n splits has n + 1 leaves.
    internal = int(sum(splits.values()))
    facts: dict[str, Any] = {"trees": trees, "leaves": internal + trees}
    raw = None
    cost_s = _NODE_S * (2 * internal + trees)
    if cost_s <= max(_FREE_S, _SHARE * trained_s):
        raw = booster_bytes(booster)
        depth = depth_of(raw, trees) if trees else 0
        if depth is None:
            run.note_unseen(
                "the depth of the trees", "the model is not as in the XGBoost that fitscribe knows"
            )
        else:
            facts["depth"] = depth
    else:
        run.note_unseen("the depth of the trees", f"would take about {cost_s * 1e3:.0f} ms")
    run.log_facts({f"{prefix}{name}": value for name, value in facts.items()})
    of = booster.num_features()
    for kind in IMPORTANCES:
        scores = splits if kind == "weight" else booster.get_score(importance_type=kind)
        if scores:
            run.log_record(f"{prefix}feature_importance/{kind}", "feature_importance", _record(scores, of))
    return raw


def _record(scores: dict[str, float], of: int) -> dict[str, Any]:
    kept = sorted(scores, key=lambda feature: -abs(scores[feature]))[:FEATURES]
    return {"features": kept, "values": [scores[feature] for feature in kept], "of": of}


def _coefficients(booster: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """A linear booster has one weight for each feature, or one for each class as well."""
    weights = booster.get_score(importance_type="weight")
    features = list(weights)[:FEATURES]
    if not features:
        return
    values = [weights[feature] for feature in features]
    if isinstance(values[0], list):
        values = [list(row) for row in zip(*values, strict=True)]
    yield "coefficients", {"features": features, "values": values, "of": booster.num_features()}
