"""The learned trees as HTML, each of which opens where somebody clicks on it."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

from fitscribe.models.trees_page import TREES_SHOWN, amount, trees_page
from fitscribe_xgboost.parameters import tree_count


def diagram(model: Any) -> str:
    """Return the trees of a booster, or of an estimator around one, as the body of a page.

    Args:
        model: a trained model; nothing is drawn of one that is linear.
    """
    try:
        booster = model.get_booster() if hasattr(model, "get_booster") else model
        count = tree_count(booster)
        if not count:
            return ""
        # Names may have tabs in them.
        shown = [json.loads(text, strict=False) for text in _dumped(booster)[:TREES_SHOWN]]
    except ValueError as error:  # such as of quotes in the names of features, until 1.7
        why = html.escape(str(error).partition("\n")[0])
        return f"<p>XGBoost writes out no trees of this {html.escape(type(model).__name__)}: {why}</p>"
    return trees_page(model, count, ((number, _node(tree)) for number, tree in enumerate(shown)))


def _dumped(booster: Any) -> list[str]:
    try:
        found: list[str] = booster.get_dump(with_stats=True, dump_format="json")
    except ValueError:  # 3.2 has no gain and cover of trees whose leaves are vectors
        found = booster.get_dump(dump_format="json")
    return found


def _node(node: Mapping[str, Any], branch: str = "") -> str:
    label = f"<b>{branch}</b> " if branch else ""
    cover = f" <small>cover {amount(node['cover'])}</small>" if "cover" in node else ""
    if "leaf" in node:
        return f'<div class="leaf">{label}leaf {_leaf(node["leaf"])}{cover}</div>'
    gain = f" <small>gain {amount(node['gain'])}</small>" if "gain" in node else ""
    inner = "".join(_node(child, _branch(node, child)) for child in node.get("children", ()))
    return f"<details open><summary>{label}{_condition(node)}{gain}{cover}</summary>{inner}</details>"


def _condition(node: Mapping[str, Any]) -> str:
    feature, condition = html.escape(str(node["split"])), node.get("split_condition")
    if isinstance(condition, list):
        return f"{feature} in {{{', '.join(html.escape(str(each)) for each in condition)}}}"
    return feature if condition is None else f"{feature} &lt; {amount(condition)}"


def _branch(node: Mapping[str, Any], child: Mapping[str, Any]) -> str:
    answer = "yes" if child["nodeid"] == node.get("yes") else "no"
    return f"{answer}, missing" if child["nodeid"] == node.get("missing") else answer


def _leaf(value: Any) -> str:
    return ", ".join(map(amount, value)) if isinstance(value, list) else amount(value)
