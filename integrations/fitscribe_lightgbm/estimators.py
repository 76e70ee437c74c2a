"""Estimators of LightGBM as data: the text of the booster, and what makes an estimator of it."""

from __future__ import annotations

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from typing import Any

_CLASSES = frozenset({"LGBMClassifier", "LGBMRegressor", "LGBMRanker", "LGBMModel"})
_PLAIN = (str, bool, int, float, type(None))
_NUMBERS = "biuf"
_DEPTH = 6
# What a fit leaves on an estimator beside its booster (3.3 to 4.7), without what follows from the classes.
_FITTED = frozenset(
    """
    _best_iteration _best_score _class_weight _eval_at _evals_result _fitted_with_feature_names _fobj
    _n_classes _n_features _n_features_in _objective _other_params fitted_ n_features_in_
    """.split()
)
_BOOSTER, _LABELS, _ENCODER, _NUMBER_OF = "_Booster", "_classes", "_le", "_class_map"


def is_own(model: Any) -> bool:
    """Whether a model is an estimator of a class of LightGBM's own."""
    return type(model).__module__ == "lightgbm.sklearn" and type(model).__name__ in _CLASSES


def is_whole(model: Any) -> bool:
    """Whether an estimator is fitted, and its booster and plain values are all there is of it.

    Functions, generators and what is unknown are in no data: such an estimator is pickled.
    """
    if not is_own(model):
        return False
    values = vars(model)
    if values.get(_BOOSTER) is None or not _follows_from_labels(values):
        return False
    held = values.keys() - {_BOOSTER, _LABELS, _ENCODER, _NUMBER_OF}
    return held <= _names(model) and all(_is_plain(_plain(values[name]), _DEPTH) for name in held)


def describe(model: Any) -> dict[str, Any]:
    """Return what an estimator is besides its booster, as plain facts."""
    values = vars(model)
    names = _names(model)
    labels = values.get(_LABELS)
    return {
        "class": type(model).__name__,
        "attributes": {name: _plain(value) for name, value in values.items() if name in names},
        "labels": None if labels is None else {"dtype": labels.dtype.str, "values": labels.tolist()},
        "best_iteration": int(values[_BOOSTER].best_iteration),
    }


def made_of(booster: Any, facts: Mapping[str, Any]) -> Any:
    """Return the estimator of a booster; no code runs that the facts name.

    Args:
        booster: the booster.
        facts: what :func:`describe` gave.

    Raises:
        ValueError: they are of no estimator of LightGBM's.
    """
    sklearn = sys.modules["lightgbm.sklearn"]
    if facts["class"] not in _CLASSES:
        raise ValueError(f"LightGBM has no estimator {facts['class']!r}")
    model: Any = vars(sklearn)[facts["class"]]()
    attributes = dict(facts["attributes"])
    others = attributes.get("_other_params") or {}
    known = _names(model) | {name for name in others if not hasattr(type(model), name)}
    values = vars(model)
    values.update({name: value for name, value in attributes.items() if name in known})
    values["_best_score"] = defaultdict(OrderedDict, values.get("_best_score") or {})
    values[_BOOSTER] = booster
    if facts["labels"] is not None:
        np: Any = sys.modules["numpy"]
        labels = np.array(facts["labels"]["values"], dtype=np.dtype(facts["labels"]["dtype"]))
        encoder = values[_ENCODER] = sklearn._LGBMLabelEncoder()
        encoder.classes_ = values[_LABELS] = labels
        values[_NUMBER_OF] = dict(zip(labels, np.arange(len(labels)), strict=True))
    return model


def _names(model: Any) -> set[str]:
    """The attributes that are known: not by `get_params`, which a class of the user's may have replaced."""
    parameters = {name for cls in type(model).__mro__ for name in _parameters_of(cls)}
    return {*parameters, *vars(model).get("_other_params", ()), *_FITTED}


def _parameters_of(cls: Any) -> list[str]:
    return list(cls._get_param_names()) if hasattr(cls, "_get_param_names") else []


def _follows_from_labels(values: Mapping[str, Any]) -> bool:
    """Whether labels are plain, and the numbers and the encoder of them are what a fit makes of them."""
    labels, encoder, number_of = values.get(_LABELS), values.get(_ENCODER), values.get(_NUMBER_OF)
    if labels is None:
        return encoder is None and number_of is None
    np: Any = sys.modules["numpy"]
    if type(labels) is not np.ndarray or labels.ndim != 1 or encoder is None or number_of is None:
        return False
    items = labels.tolist()
    is_text = labels.dtype.kind == "O" and all(type(each) is str for each in items)
    return (
        (is_text or labels.dtype.kind in f"{_NUMBERS}U")
        and vars(encoder).keys() == {"classes_"}
        and vars(encoder)["classes_"].tolist() == items
        and list(number_of) == items
        and list(number_of.values()) == list(range(len(items)))
    )


def _plain(value: Any) -> Any:
    # The results of the rounds are ordered, and of a kind that makes what it lacks.
    if type(value) in (dict, OrderedDict, defaultdict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _is_plain(value: Any, depth: int) -> bool:
    if type(value) in _PLAIN:
        return True
    np: Any = sys.modules["numpy"]
    if isinstance(value, np.generic):
        return value.dtype.kind in _NUMBERS
    if not depth:
        return False
    if type(value) is dict:
        return all(_is_plain(key, 0) and _is_plain(each, depth - 1) for key, each in value.items())
    return type(value) in (list, tuple) and all(_is_plain(each, depth - 1) for each in value)
