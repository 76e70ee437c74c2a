"""LightGBM's integration proves what every integration must."""

from __future__ import annotations

from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

pytest.importorskip("lightgbm")

PARAMS = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 2}
OPEN = {"fork": "a fork that ends by os._exit ends no run that was open for more rounds"}
NO_DATA_IN_COPIES = dict.fromkeys(
    ("deepcopy", "pickle", "cloudpickle", "partial", "loky"),
    "copies and pickles of a booster have no data set: LightGBM cannot train or evaluate them",
)
GOES_ON = dict.fromkeys(
    ("exception", "keyboard_interrupt", "system_exit", "generator_exit", "stop_iteration"),
    "what a booster fails to say ends no training: the run of the loop stays open",
)
NOT_PICKLED = {"loky": "LightGBM pickles no data set that has been built"}
GIVEN_TO_TRAIN = {"called_once": "the call is that of train, to which a callback is given"}


def _data() -> tuple[Any, Any]:
    import numpy as np

    X = np.linspace(-1.0, 1.0, 90).reshape(30, 3) ** 3
    return X, np.arange(30) % 2


def _sets() -> tuple[Any, Any]:
    import lightgbm as lgb

    X, y = _data()
    train = lgb.Dataset(X, y)
    return train, lgb.Dataset(X[::2], y[::2], reference=train)


def _calling(inside: Inside | None) -> list[Any]:
    def callback(env: Any) -> None:
        if inside is not None and env.iteration == 1:
            inside()

    return [callback]


def _text(booster: Any) -> str:
    text: str = booster.model_to_string()
    return text


def train(inside: Inside | None) -> Case:
    import lightgbm as lgb

    train, valid = _sets()
    arguments = {"num_boost_round": 3, "valid_sets": [valid], "callbacks": _calling(inside)}
    return Case(lgb.train, (PARAMS, train), arguments, result=_text)


def bagging(inside: Inside | None) -> Case:
    import lightgbm as lgb

    train, valid = _sets()
    params = {**PARAMS, "bagging_fraction": 0.7, "bagging_freq": 1}
    return Case(lgb.train, (params, train, 3, [valid]), {"callbacks": _calling(inside)}, result=_text)


def stopping_early(inside: Inside | None) -> Case:
    import lightgbm as lgb

    train, valid = _sets()
    params = {**PARAMS, "early_stopping_round": 2}
    return Case(lgb.train, (params, train, 5, [valid]), {"callbacks": _calling(inside)}, result=_text)


def estimator(inside: Inside | None) -> Case:
    import lightgbm as lgb

    X, y = _data()
    model = lgb.LGBMClassifier(n_estimators=3, verbosity=-1, n_jobs=1, min_child_samples=2)
    arguments = {"callbacks": _calling(inside)}
    return Case(model.fit, (X, y), arguments, result=lambda fitted: fitted.predict_proba(X))


def cross_validation(inside: Inside | None) -> Case:
    import lightgbm as lgb

    arguments = {"num_boost_round": 3, "nfold": 2, "callbacks": _calling(inside)}
    return Case(lgb.cv, (PARAMS, _sets()[0]), arguments)


def _booster() -> Any:
    import lightgbm as lgb

    train, valid = _sets()
    booster = lgb.Booster(PARAMS, train)
    booster.add_valid(valid, "valid")
    return booster


def update() -> Case:
    booster = _booster()
    return Case(booster.update, (), result=lambda _: _text(booster))


def evaluation() -> Case:
    booster = _booster()
    return Case(booster.eval_valid, (), setup=booster.update)


def prediction() -> Case:
    booster = _booster()
    X, _ = _data()
    return Case(booster.predict, (X,), setup=booster.update)


def dataset() -> Case:
    import lightgbm as lgb

    X, y = _data()
    return Case(lgb.Dataset(X, y).construct, (), result=lambda made: made.get_label())


class TestLightGBM(Conformance):
    integration = "lightgbm"
    trainings = [
        Training("train", train),
        Training("train", bagging),
        Training("train", estimator),
        Training("early_stopping", stopping_early, run_of="train", limits=GIVEN_TO_TRAIN),
        Training("cv", cross_validation),
        Training("update", update, limits=OPEN | NO_DATA_IN_COPIES),
        Training("evaluation", evaluation, run_of="update", limits=OPEN | NO_DATA_IN_COPIES | GOES_ON),
        Training("predict", prediction, run_of="update", limits=OPEN | GOES_ON),
        Training("dataset", dataset, runs=0, limits=NOT_PICKLED),
    ]
