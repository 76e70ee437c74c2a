"""Data of every kind goes in as it is, is described, and is never copied or made dense."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

X, y = load_iris(return_X_y=True)


class NeverDense(scipy.sparse.csr_matrix):
    def toarray(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("made dense")

    todense = __array__ = toarray


def description(run: Any) -> dict[str, Any]:
    (dataset,) = run.datasets
    found: dict[str, Any] = dataset["description"]
    return found


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_data_stays_sparse(form: str, only_run: Any) -> None:
    random = np.random.default_rng(0)
    dense = random.poisson(0.1, size=(200, 50))
    MultinomialNB().fit(scipy.sparse.csr_matrix(dense).asformat(form), dense[:, 0] > 0)
    run = only_run()
    assert description(run)["shape"] == [200, 50]
    assert description(run)["nonzero"] == np.count_nonzero(dense)
    assert ("train/accuracy" in run.metrics) == (form != "coo")
    assert run.signature["inputs"]["sparse"] is True


def test_nothing_makes_sparse_data_dense(only_run: Any) -> None:
    data = NeverDense(np.random.default_rng(0).poisson(0.1, size=(200, 50)))
    MultinomialNB().fit(data, np.arange(200) % 2)
    run = only_run()
    assert description(run)["density"] < 0.2 and run.problems == []


def test_a_pandas_frame_with_holes(only_run: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X.copy(), columns=["a", "b", "c", "d"])
    frame.loc[3:5, "b"] = np.nan
    labels = pandas.Series(y, name="species").map({0: "setosa", 1: "versicolor", 2: "virginica"})
    HistGradientBoostingClassifier(max_iter=3).fit(frame, labels)
    run = only_run()
    assert description(run)["columns"] == ["a", "b", "c", "d"]
    assert description(run)["missing"] == 3
    assert description(run)["target"]["classes"] == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert run.signature["inputs"][1] == {"name": "b", "type": "float64", "missing": True}
    assert run.metrics["train/accuracy"] > 0.8


def test_a_polars_frame(only_run: Any) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(X, schema=["a", "b", "c", "d"])
    LogisticRegression(max_iter=1000).fit(frame, polars.Series("species", y))
    run = only_run()
    assert description(run)["columns"] == ["a", "b", "c", "d"]
    assert "train/accuracy" in run.metrics
    assert run.signature["inputs"][0]["name"] == "a"


def test_many_rows_of_a_frame_are_thinned_in_their_own_container(only_run: Any) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(3000, 2)), columns=["a", "b"])
    target = frame["a"] > 0
    model = LogisticRegression().fit(frame, target)
    expected = model.score(frame.iloc[::3], target.iloc[::3])
    assert only_run().metrics["train/accuracy"] == pytest.approx(expected, abs=1e-12)


def test_lists_and_texts(only_run: Any) -> None:
    texts = ["good one", "bad one", "good thing", "bad thing"] * 3
    make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, ["yes", "no", "yes", "no"] * 3)
    run = only_run()
    assert description(run)["shape"] == [12] and description(run)["dtype"] == "str"
    assert run.metrics["train/accuracy"] == 1.0
    assert run.facts["classes_"] == ["no", "yes"]


def test_lists_of_rows(only_run: Any) -> None:
    Ridge().fit([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0.0, 1.0, 2.0])
    run = only_run()
    assert description(run)["shape"] == [3, 2] and "train/r2" in run.metrics


def test_a_generator_is_not_touched(only_run: Any) -> None:
    texts = (text for text in ["good one", "bad one", "good thing", "bad thing"])
    make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    run = only_run()
    assert description(run)["container"] == "generator"
    assert "fitscribe takes no rows out of data of type generator" in [each["why"] for each in run.unseen]


def test_data_that_the_fit_overwrites_is_described_as_it_came_in(runs: Any) -> None:
    kept = X.copy()
    from sklearn.linear_model import LinearRegression

    LinearRegression(copy_X=False).fit(X.copy(), y)
    LinearRegression().fit(kept, y)
    first, second = runs()
    assert description(first)["fingerprint"] == description(second)["fingerprint"]


def test_an_error_about_the_data_is_the_users_own_and_the_run_has_failed(only_run: Any) -> None:
    with pytest.raises(ValueError, match="minimum of 1 is required") as caught:
        RandomForestClassifier().fit(np.empty((0, 3)), np.empty(0))
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    run = only_run()
    assert run.status == "failed" and run.error["type"] == "ValueError"
    assert run.params["n_estimators"] == 100 and description(run)["shape"] == [0, 3]
    assert run.metrics == {} and run.models == []


def test_arguments_are_as_they_were(only_run: Any) -> None:
    data, target = X.copy(), y.copy()
    data.setflags(write=False)
    target.setflags(write=False)
    LogisticRegression(max_iter=1000).fit(data, target)
    assert (data == X).all() and (target == y).all() and only_run().status == "finished"


def test_missing_labels(only_run: Any) -> None:
    with pytest.raises(ValueError, match="NaN"):
        LogisticRegression().fit(X, np.where(y == 0, np.nan, y))
    assert only_run().datasets[0]["description"]["target"]["missing"] == 50


@pytest.mark.parametrize("evaluated", ["0", "1"])
@pytest.mark.parametrize("names", [[0, 1, 2], ["setosa", "versicolor", "virginica"]])
@pytest.mark.parametrize(
    "model", [RandomForestClassifier(5), make_pipeline(LogisticRegression(max_iter=1000))]
)
def test_the_signature_of_a_classifier_is_the_same_without_an_evaluation(
    evaluated: str, names: list[Any], model: Any, only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FITSCRIBE_EVALUATION", evaluated)
    labels = np.array(names)[y]
    clone(model).fit(X, labels)
    assert only_run().signature["outputs"] == {"shape": [None], "type": str(labels.dtype)}


def test_no_output_is_claimed_that_nobody_has_seen(only_run: Any, no_evaluation: None) -> None:
    Ridge().fit(X, y)
    assert "outputs" not in only_run().signature


def test_what_an_evaluation_for_which_there_is_no_time_tried_tells_the_output(
    only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fitscribe_sklearn.recording.EVALUATION_S", 0.0)
    monkeypatch.setattr("fitscribe_sklearn.recording.EVALUATION_SHARE", 0.0)
    Ridge().fit(X, y)
    assert only_run().signature["outputs"] == {"shape": [None], "type": "float64"}
    assert [each["what"] for each in only_run().unseen] == ["evaluation on the training data"]
