"""XGBoost's integration proves what every integration must."""

from __future__ import annotations

from typing import Any

import pytest

from fitscribe.testing import Case, Conformance, Training
from fitscribe.testing.cases import Inside

xgboost = pytest.importorskip("xgboost")
pytest.importorskip("sklearn")

PARAMS = {"objective": "binary:logistic", "max_depth": 2, "tree_method": "hist", "nthread": 1}
OPEN_AT_THE_END = {"fork": "a fork that ends by os._exit ends no run that was open for more rounds"}
GOES_ON = dict.fromkeys(
    ("exception", "keyboard_interrupt", "system_exit", "generator_exit", "stop_iteration"),
    "what a booster fails to say ends no training: the run of the loop stays open",
)
DEFAULTS_COME_LAST = dict.fromkeys(
    ("fault_after", "fault_recorder", "fault_disk_full"),
    "the parameters that nobody gave are read from the trained booster, after the call",
)
DEFAULTS_OF_FOLDS_COME_LAST = dict.fromkeys(
    ("fault_recorder", "fault_disk_full"),
    "the parameters that nobody gave are read from the booster of a fold, after the last round",
)
NOT_PICKLED = {"loky": "XGBoost's matrices do not pickle"}
BY_ITS_OWN_THREAD = dict.fromkeys(
    ("nested_thread_pool", "nested_joblib", "threads", "joblib_threads", "asyncio"),
    "XGBoost 1 trains a booster in no other thread than the one that made it",
)
OF_A_LOOP = OPEN_AT_THE_END | NOT_PICKLED | (BY_ITS_OWN_THREAD if xgboost.__version__ < "2" else {})
NOT_COPIED = dict.fromkeys(("deepcopy", "loky"), "XGBoost cannot copy a booster that is being made")


def _data() -> tuple[Any, Any]:
    import numpy as np

    X = np.linspace(-1.0, 1.0, 90).reshape(30, 3) ** 3
    return X, np.arange(30) % 2


def _matrices() -> tuple[Any, Any]:
    import xgboost as xgb

    X, y = _data()
    return xgb.DMatrix(X, label=y), xgb.DMatrix(X[::2], label=y[::2])


def _calling(inside: Inside | None) -> list[Any]:
    from xgboost.callback import TrainingCallback

    class Calling(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            if inside is not None and epoch == 1:
                inside()
            return False

    return [Calling()]


def _bytes(booster: Any) -> bytes:
    return bytes(booster.save_raw())


def train(inside: Inside | None) -> Case:
    import xgboost as xgb

    dtrain, valid = _matrices()
    arguments = {
        "num_boost_round": 3,
        "evals": [(valid, "valid")],
        "callbacks": _calling(inside),
        "verbose_eval": False,
    }
    return Case(xgb.train, (PARAMS, dtrain), arguments, result=_bytes)


def subsampling() -> Case:
    import xgboost as xgb

    dtrain, valid = _matrices()
    arguments = {"evals": [(valid, "valid")], "early_stopping_rounds": 2, "verbose_eval": False}
    return Case(xgb.train, ({**PARAMS, "subsample": 0.5}, dtrain, 5), arguments, result=_bytes)


def estimator(inside: Inside | None) -> Case:
    import xgboost as xgb

    X, y = _data()
    model = xgb.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1, callbacks=_calling(inside))
    return Case(model.fit, (X, y), result=lambda fitted: fitted.predict_proba(X))


def cross_validation(inside: Inside | None) -> Case:
    import xgboost as xgb

    arguments = {"num_boost_round": 3, "nfold": 2, "callbacks": _calling(inside), "as_pandas": False}
    return Case(xgb.cv, (PARAMS, _matrices()[0]), arguments)


def _booster() -> tuple[Any, Any]:
    import xgboost as xgb

    dtrain, _ = _matrices()
    return xgb.Booster(PARAMS, [dtrain]), dtrain


def update() -> Case:
    booster, dtrain = _booster()
    return Case(booster.update, (dtrain, 0), result=lambda _: _bytes(booster))


def evaluation() -> Case:
    booster, dtrain = _booster()
    return Case(booster.eval_set, ([(dtrain, "train")],), setup=lambda: booster.update(dtrain, 0))


def prediction() -> Case:
    booster, dtrain = _booster()
    return Case(booster.predict, (dtrain,), setup=lambda: booster.update(dtrain, 0))


def matrix() -> Case:
    from xgboost import DMatrix

    X, y = _data()
    made = DMatrix.__new__(DMatrix)
    return Case(made.__init__, (X,), {"label": y}, result=str)


def booster() -> Case:
    from xgboost import Booster

    made = Booster.__new__(Booster)
    return Case(made.__init__, (PARAMS,), result=str)


class TestXGBoost(Conformance):
    integration = "xgboost"
    trainings = [
        Training("train", train, limits=DEFAULTS_COME_LAST | NOT_PICKLED),
        Training("train", subsampling, limits=DEFAULTS_COME_LAST | NOT_PICKLED),
        Training("train", estimator, limits=DEFAULTS_COME_LAST),
        Training("cv", cross_validation, limits=DEFAULTS_OF_FOLDS_COME_LAST | NOT_PICKLED),
        Training("update", update, limits=DEFAULTS_COME_LAST | OF_A_LOOP),
        Training("evaluation", evaluation, run_of="update", limits=GOES_ON | OF_A_LOOP),
        Training("predict", prediction, run_of="update", limits=GOES_ON | OF_A_LOOP),
        Training("matrix", matrix, runs=0),
        Training("booster", booster, runs=0, limits=NOT_COPIED),
    ]
