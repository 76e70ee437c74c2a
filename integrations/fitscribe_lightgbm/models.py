"""The models of LightGBM: its text format, and whether an estimator may be asked to predict."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fitscribe.engine.temporary import temporary_folder
from fitscribe.models import Models, NativeFormat
from fitscribe_lightgbm import estimators, versions
from fitscribe_lightgbm.diagram import diagram


def _is_booster(model: Any) -> bool:
    return type(model).__module__ == "lightgbm.basic" and type(model).__name__ == "Booster"


def text_of(booster: Any) -> bytes:
    """Return a booster as LightGBM's own text: all rounds of it, and not only those up to the best one.

    Args:
        booster: a `Booster`.

    Raises:
        OSError: there is no room for temporary files.
    """
    # By way of a file: `model_to_string` makes a text of more than a megabyte twice (3.3 to 4.7).
    with temporary_folder() as folder:
        path = Path(folder, "model.txt")
        booster.save_model(str(path), num_iteration=-1)
        return path.read_bytes()


def _describe(booster: Any) -> dict[str, Any]:
    """What the text does not hold: which round `predict` stops at."""
    return {"best_iteration": int(booster.best_iteration)}


def _load(text: bytes, facts: Mapping[str, Any]) -> Any:
    from lightgbm import Booster

    booster = Booster(model_str=text.decode("utf-8"))
    booster.best_iteration = int(facts.get("best_iteration", -1))
    return booster


def _estimator_text(estimator: Any) -> bytes:
    return text_of(vars(estimator)["_Booster"])


def _load_estimator(text: bytes, facts: Mapping[str, Any]) -> Any:
    return estimators.made_of(_load(text, facts), facts)


TEXT = NativeFormat("lightgbm/text", ".txt", _is_booster, text_of, _describe, _load)
ESTIMATOR = NativeFormat(
    "lightgbm/sklearn", ".txt", estimators.is_whole, _estimator_text, estimators.describe, _load_estimator
)


def objection(estimator: Any) -> str:
    """Return why fitscribe does not let an estimator predict; empty where it may.

    Args:
        estimator: a fitted estimator of a class of LightGBM's.
    """
    name = type(estimator).__name__
    if not estimators.is_own(estimator):  # the `predict` of those reads trees, and nothing else
        return f"predict of {name} is not known to be free of effects"
    if callable(getattr(estimator, "objective", None)):
        return f"{name} predicts raw scores, as its objective is a function of the user's"
    if _draws_its_seed(estimator):
        return f"predict of {name} draws from its random_state, which what is trained next draws from, too"
    replaced = [
        attribute
        for attribute, value in vars(estimator).items()
        if callable(value) and callable(getattr(type(estimator), attribute, None))
    ]
    return f"{replaced[0]} of this {name} was replaced" if replaced else ""


def _draws_its_seed(estimator: Any) -> bool:
    """Whether each `predict` draws a seed from a generator of the user's, as `fit` does."""
    if not versions.predict_draws():
        return False
    random, seed = sys.modules["numpy"].random, vars(estimator).get("random_state")
    return isinstance(seed, (random.RandomState, random.Generator))


MODELS = Models(formats=(TEXT, ESTIMATOR), objection=objection, diagram=diagram)
