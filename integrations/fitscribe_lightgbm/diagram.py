"""The learned trees as HTML, each of which opens where somebody clicks on it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from fitscribe.models.trees_page import TREES_SHOWN, amount, trees_page

# Categories of one split that are written out.
_CATEGORIES = 20


def diagram(model: Any) -> str:
    """Return the trees of a booster, or of an estimator around one, as the body of a page.

    Args:
        model: a trained model.
    """
    try:
        booster = model.booster_ if hasattr(type(model), "booster_") else model
        count = booster.num_trees()
        if not count:
            return ""
        rounds = -(-TREES_SHOWN // max(1, booster.num_model_per_iteration()))
        dumped = booster.dump_model(num_iteration=rounds)
    except ValueError as error:  # it writes a tab in the name of a feature as it is, which no JSON may have
        name = html.escape(type(model).__name__)
        return f"<p>LightGBM writes out no trees of this {name}: {html.escape(str(error))}</p>"
    shown = dumped["tree_info"][:TREES_SHOWN]
    names = dumped["feature_names"]
    trees = ((int(tree["tree_index"]), _node(tree["tree_structure"], names)) for tree in shown)
    return trees_page(model, count, trees)


def _node(node: Mapping[str, Any], names: Sequence[str], branch: str = "") -> str:
    label = f"<b>{branch}</b> " if branch else ""
    if "leaf_value" in node:
        rows = f" <small>{node['leaf_count']} rows</small>" if "leaf_count" in node else ""
        return f'<div class="leaf">{label}leaf {amount(node["leaf_value"])}{rows}</div>'
    gain = f" <small>gain {amount(node['split_gain'])}, {node.get('internal_count')} rows</small>"
    missing = ("yes, missing", "no") if node.get("default_left") else ("yes", "no, missing")
    inner = "".join(
        _node(node[side], names, answer)
        for side, answer in zip(("left_child", "right_child"), missing, strict=True)
    )
    return f"<details open><summary>{label}{_condition(node, names)}{gain}</summary>{inner}</details>"


def _condition(node: Mapping[str, Any], names: Sequence[str]) -> str:
    feature = html.escape(str(names[node["split_feature"]]))
    if node.get("decision_type") == "==":
        categories = str(node["threshold"]).split("||")
        more = ", ..." if len(categories) > _CATEGORIES else ""
        return f"{feature} in {{{html.escape(', '.join(categories[:_CATEGORIES]))}{more}}}"
    return f"{feature} &le; {amount(node['threshold'])}"
