"""Models as ONNX: from data of every kind they predict what the model does, or the run says why not."""

from __future__ import annotations

import pickle
import threading
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sklearn
from packaging.version import Version
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from fitscribe.engine.silencing import no_warnings
from fitscribe.models import ModelNotSavable, OnnxModel
from fitscribe_sklearn import onnx

pytest.importorskip("skl2onnx")
pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)
ROWS = 300
FRAME = pd.DataFrame(
    {
        "age in years": RNG.integers(18, 80, ROWS),
        "income": RNG.lognormal(10, 0.5, ROWS).round(2),
        "city": RNG.choice(["Rome", "Oslo", "Lima"], ROWS),
        "kids": RNG.integers(0, 4, ROWS),
    }
)
NUMBERS = FRAME[["age in years", "income", "kids"]]
BOUGHT = np.where(FRAME["age in years"] + 20 * RNG.normal(size=ROWS) > 45, "yes", "no")
X, y = load_iris(return_X_y=True)


class OwnClassifier(LogisticRegression):
    """A class that skl2onnx does not know."""


@pytest.fixture(autouse=True)
def as_onnx(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_MODELS", "onnx")


def why_none(run: Any) -> str:
    assert run.models == []
    (reason,) = [each["why"] for each in run.unseen if each["what"] == "model"]
    return str(reason)


def assert_alike(loaded: Any, model: Any, data: Any) -> None:
    np.testing.assert_array_equal(loaded.predict(data), model.predict(data))
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(loaded.predict_proba(data), model.predict_proba(data), atol=1e-6)


# Warnings are errors here: a conversion that warned would fail.
@pytest.mark.parametrize("data", [X, pd.DataFrame(X, columns=list("abcd"))], ids=["array", "frame"])
def test_it_predicts_the_same(only_run: Any, data: Any) -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(data, y)
    run = only_run()
    assert [each["format"] for each in run.models] == ["onnx"]
    assert_alike(run.load_model(), model, data)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        LogisticRegression(max_iter=5000),
        DecisionTreeClassifier(max_depth=4),
        RandomForestClassifier(5),
        GradientBoostingClassifier(n_estimators=3),
        SVC(),
        GridSearchCV(DecisionTreeClassifier(), {"max_depth": [2, 3]}, cv=2),
        KMeans(3, n_init=1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_frame_of_integers_and_floats(only_run: Any, model: Any) -> None:
    model.fit(NUMBERS, BOUGHT)
    loaded = only_run().load_model()
    assert_alike(loaded, model, NUMBERS)
    # By name, whatever their order; an array by position.
    np.testing.assert_array_equal(loaded.predict(NUMBERS[NUMBERS.columns[::-1]]), model.predict(NUMBERS))
    np.testing.assert_array_equal(loaded.predict(NUMBERS.to_numpy()), model.predict(NUMBERS))
    with pytest.raises(ValueError, match="no column 'kids'"):
        loaded.predict(NUMBERS[["age in years", "income"]])


def transformed() -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_pipeline(
        ColumnTransformer(
            [("numbers", numbers, ["income", "age in years"]), ("kinds", OneHotEncoder(), ["city", "kids"])]
        ),
        LogisticRegression(),
    )


@pytest.mark.parametrize(
    "data",
    [
        FRAME,
        FRAME.assign(city=FRAME["city"].astype("category")),
        FRAME.assign(age_in_years=1.0),
        FRAME.assign(kids=FRAME["kids"].astype("Int64")),
    ],
    ids=["mixed", "category", "names that come out alike", "nullable"],
)
def test_columns_that_a_transformer_chooses(only_run: Any, data: Any) -> None:
    model = transformed().fit(data, BOUGHT)
    assert_alike(only_run().load_model(), model, data)


@pytest.mark.skipif(
    Version(sklearn.__version__) < Version("1.5"), reason="no columns of polars frames are chosen by name"
)
def test_a_polars_frame(only_run: Any) -> None:
    polars = pytest.importorskip("polars")
    data = polars.DataFrame(FRAME.to_dict("list"))
    model = transformed().fit(data, BOUGHT)
    assert_alike(only_run().load_model(), model, data)


@pytest.mark.parametrize("data", [scipy.sparse.csr_matrix(X), X.tolist()], ids=["sparse", "list"])
def test_other_data(only_run: Any, data: Any) -> None:
    model = LogisticRegression(max_iter=1000).fit(data, y)
    assert_alike(only_run().load_model(), model, data)


@pytest.mark.parametrize("model", [LinearRegression(), RandomForestRegressor(5)], ids=["linear", "forest"])
def test_a_regression_gives_a_row_of_numbers(only_run: Any, model: Any) -> None:
    model.fit(NUMBERS, FRAME["income"])
    loaded = only_run().load_model()
    np.testing.assert_allclose(loaded.predict(NUMBERS), model.predict(NUMBERS), rtol=1e-5)
    with pytest.raises(AttributeError, match="no probabilities"):
        loaded.predict_proba(NUMBERS)


def test_decision_values_are_no_probabilities(only_run: Any) -> None:
    SVC().fit(X, y)
    with pytest.raises(AttributeError, match="no probabilities"):
        only_run().load_model().predict_proba(X)


def test_what_has_no_converter_is_refused_with_the_reason(only_run: Any) -> None:
    OwnClassifier(max_iter=1000).fit(X, y)
    run = only_run()
    assert run.status == "finished"
    assert "skl2onnx cannot convert OwnClassifier: Unable to find a shape calculator" in why_none(run)


def test_columns_of_one_name_are_refused() -> None:
    # scikit-learn takes them up to 1.8.
    model = LogisticRegression(max_iter=1000).fit(X, y)
    with pytest.raises(ModelNotSavable, match="several columns of the data have the same name"):
        onnx.convert(model, pd.DataFrame(X, columns=list("aabc")), lambda what, why: None)


def test_a_graph_that_predicts_something_else_is_refused(
    only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = OnnxModel.predict
    monkeypatch.setattr(OnnxModel, "predict", lambda self, X: predict(self, X)[::-1])
    LogisticRegression(max_iter=1000).fit(X, y)
    reason = why_none(only_run())
    assert reason.startswith("what skl2onnx makes of LogisticRegression predicts something else: predict")
    assert reason.endswith("of 150 rows of the training data")


def test_a_graph_that_does_not_load_is_refused(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    converted = onnx._converted
    monkeypatch.setattr(onnx, "_converted", lambda *args, **more: converted(*args, **more)[:-100])
    LogisticRegression(max_iter=1000).fit(X, y)
    assert "what skl2onnx makes of LogisticRegression does not load" in why_none(only_run())


def test_one_that_is_not_asked_to_predict_is_loaded_only(only_run: Any) -> None:
    model = KNeighborsClassifier().fit(NUMBERS, BOUGHT)
    run = only_run()
    assert_alike(run.load_model(), model, NUMBERS)
    (reason,) = [each["why"] for each in run.unseen if each["what"].startswith("comparison of the ONNX")]
    assert "may count in its tree" in reason


def test_without_onnxruntime_it_is_kept_unchecked(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "find_spec", lambda name: None)
    LogisticRegression(max_iter=1000).fit(X, y)
    run = only_run()
    assert [each["format"] for each in run.models] == ["onnx"]
    assert [each["why"] for each in run.unseen] == ["onnxruntime is not installed"]


def test_warnings_of_one_thread_are_silenced_and_of_no_other() -> None:
    before = list(warnings.filters)
    inside, warned = threading.Event(), threading.Event()

    def silent() -> None:
        with no_warnings():
            inside.set()
            assert warned.wait(10)
            warnings.warn("not to be seen", FutureWarning, stacklevel=1)

    thread = threading.Thread(target=silent)
    thread.start()
    assert inside.wait(10)
    with pytest.warns(FutureWarning, match="to be seen"):
        warnings.warn("to be seen", FutureWarning, stacklevel=1)
    warned.set()
    thread.join()
    assert list(warnings.filters) == before


def test_filters_that_outlive_the_block_match_nothing() -> None:
    with no_warnings():
        copies = list(warnings.filters)
        # As scikit-learn sends them to worker processes.
        sent = pickle.loads(pickle.dumps(copies[0]))
    with warnings.catch_warnings():
        warnings.filters[:] = [sent, *copies]  # type: ignore[index]
        with pytest.raises(FutureWarning, match="to be seen"):
            warnings.warn("to be seen", FutureWarning, stacklevel=1)
