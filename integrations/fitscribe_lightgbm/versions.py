"""What differs between the versions of LightGBM, 3.3 to 4.7: everything else reads them alike.

* Until 3.3 callbacks are closures, with their state in cells; from 4.0 on objects.
* Until 3.3 `train` and `cv` take `fobj` and `early_stopping_rounds`; from 4.0 on these are parameters.
* Until 3.3 `train` prints what each round came to, unless it is given callbacks; from 4.0 on a callback does.
* Until 3.3 results of `cv` are named ``cv_agg`` and ``valid auc`` or ``auc``; from 4.0 on ``valid``, ``auc``.
* Until 3.3 handles of boosters and data sets are called ``handle``; from 4.0 on ``_handle``.
* Until 3.3 the table of the fields of data sets is called ``FIELD_TYPE_MAPPER``; from 4.0 on ``_FIELD_...``.
* Until 3.3 the table of aliases holds a part of them only.
* From 4.0 on `predict` of an estimator sets up all parameters as `fit` does, drawing a seed included.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

# What the table of 3.3 lacks, though its library takes it, by its documentation: a parameter and its aliases.
_UNLISTED = """
    bagging_fraction: bagging sub_row subsample
    bagging_freq: subsample_freq
    bagging_seed: bagging_fraction_seed
    device_type: device
    drop_rate: rate_drop
    extra_trees: extra_tree
    feature_contri: fc fp feature_contrib feature_penalty
    feature_fraction: sub_feature colsample_bytree
    feature_fraction_bynode: colsample_bynode sub_feature_bynode
    forcedsplits_filename: fs forced_splits forced_splits_file forced_splits_filename
    histogram_pool_size: hist_pool_size
    is_provide_training_metric: train_metric training_metric is_training_metric
    is_unbalance: unbalance unbalanced_sets
    lambda_l1: reg_alpha l1_regularization
    lambda_l2: lambda reg_lambda l2_regularization
    learning_rate: eta shrinkage_rate
    max_delta_step: max_leaf_output max_tree_output
    metric_freq: output_freq
    min_data_in_leaf: min_data min_samples_leaf min_child_samples min_data_per_leaf
    min_gain_to_split: min_split_gain
    min_sum_hessian_in_leaf: min_hessian min_sum_hessian min_child_weight min_sum_hessian_per_leaf
    monotone_constraints: mc monotonic_cst monotone_constraint
    monotone_constraints_method: mc_method monotone_constraining_method
    monotone_penalty: mc_penalty ms_penalty monotone_splits_penalty
    neg_bagging_fraction: neg_bagging neg_sub_row neg_subsample
    num_leaves: max_leaf num_leaf max_leaves max_leaf_nodes
    pos_bagging_fraction: pos_bagging pos_sub_row pos_subsample
    seed: random_seed random_state
    top_k: topk
"""

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


class Stopping(NamedTuple):
    """The state of a callback of early stopping; each list has an item for each result of a round.

    Attributes:
        patience: rounds without improvement that are waited for.
        tolerance: the least change that is one, or one for each metric.
        first_metric_only: whether the other metrics are ignored.
        enabled: whether LightGBM has switched it off, as it does in dart mode.
        best_rounds: the best round, counted from 0.
        best_values: the value there.
    """

    patience: int
    tolerance: float | list[float]
    first_metric_only: bool
    enabled: bool
    best_rounds: list[int]
    best_values: list[float]


def stopping(callback: Any) -> Stopping | None:
    """Return the state of a callback of early stopping; None of any other callback.

    Args:
        callback: what was given to `train` or `cv`, or made by `lightgbm.early_stopping`.
    """
    state = _state(callback)
    if not {"stopping_rounds", "enabled", "best_iter", "best_score"} <= state.keys():
        return None
    enabled = state["enabled"]
    return Stopping(
        patience=state["stopping_rounds"],
        tolerance=state.get("min_delta", 0.0),
        first_metric_only=bool(state.get("first_metric_only")),
        enabled=bool(enabled[0] if isinstance(enabled, list) else enabled),
        best_rounds=list(state["best_iter"]),
        best_values=list(state["best_score"]),
    )


def _state(callback: Any) -> Mapping[str, Any]:
    """What a callback of LightGBM's own knows; nothing of any other."""
    if type(callback).__module__ == "lightgbm.callback":
        state: Mapping[str, Any] = vars(callback)
        return state
    if type(callback) is FunctionType and callback.__module__ == "lightgbm.callback":
        cells = zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=True)
        return {name: cell.cell_contents for name, cell in cells}
    return {}


def scheduled(callback: Any) -> Collection[str]:
    """Return the names of the parameters that a callback sets before each round: `reset_parameter` does.

    Args:
        callback: as for :func:`stopping`.
    """
    # Until 3.3 it knows them and nothing else; from 4.0 on its place among the callbacks besides.
    names: Collection[str] = _state(callback).get("kwargs", ())
    return names


def callback_name(callback: Any) -> str | None:
    """Return the name of the function of LightGBM's that made a callback; None of any other.

    Args:
        callback: as for :func:`stopping`.
    """
    if type(callback).__module__ == "lightgbm.callback":
        return _CAPITAL.sub("_", type(callback).__name__.strip("_").removesuffix("Callback")).lower()
    if type(callback) is FunctionType and callback.__module__ == "lightgbm.callback":
        return callback.__qualname__.partition(".")[0]
    return None


def prints_unless_called_back(function: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a call prints what each round came to, unless it is given a callback: `train` does until 3.3.

    Args:
        function: ``train`` or ``cv``.
        arguments: of the call.
    """
    is_old = not hasattr(sys.modules["lightgbm.callback"], "_EarlyStoppingCallback")
    return is_old and function == "train" and "verbose_eval" not in arguments


def fold_result(data: str, metric: str) -> tuple[str, str]:
    """Return ``train`` or ``valid``, and the metric, of one result of a round of `cv`.

    Args:
        data: the first item of the result.
        metric: the second one.
    """
    if data == "cv_agg":
        side, space, rest = metric.partition(" ")
        return (side, rest) if space and side in ("train", "valid") else ("valid", metric)
    return data, metric


def is_constructed(dataset: Any) -> bool:
    """Whether a `Dataset` has been built from its raw data."""
    values = vars(dataset)
    return values.get("_handle", values.get("handle")) is not None


def fields() -> Collection[str]:
    """The names of what `Dataset.get_field` takes; positions are there from 4.1 on."""
    basic = vars(sys.modules["lightgbm.basic"])
    found: Collection[str] = basic.get("_FIELD_TYPE_MAPPER") or basic.get("FIELD_TYPE_MAPPER") or ()
    return found


def predict_draws() -> bool:
    """Whether `predict` of an estimator draws from a ``random_state`` that is a generator."""
    return hasattr(sys.modules["lightgbm"].LGBMModel, "_process_params")


@cache
def aliases() -> dict[str, Sequence[str]]:
    """Return the names of each parameter, the main one first; of several given ones the first one counts."""
    known = sys.modules["lightgbm.basic"]._ConfigAliases
    known.get("num_iterations")  # from 4.0 on it reads its table when it is first asked
    table: dict[str, Iterable[str]] = dict(known.aliases)
    for line in _UNLISTED.strip().splitlines():
        main, _, names = line.strip().partition(": ")
        table.setdefault(main, names.split())
    return {main: _sorted(main, names) for main, names in table.items()}


def _sorted(main: str, names: Iterable[str]) -> Sequence[str]:
    others = names if isinstance(names, list) else sorted(names, key=lambda name: (len(name), name))
    return main, *(name for name in others if name != main)
