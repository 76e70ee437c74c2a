"""Models in formats that execute nothing, on request; and the first rows beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from fitscribe.models import ModelNotLoadable, UntrustedModel

X, y = load_iris(return_X_y=True)


class OwnClassifier(LogisticRegression):
    """A class that skops does not know."""


def reasons(run: Any) -> list[str]:
    return [each["why"] for each in run.unseen if each["what"] == "model"]


def test_skops_is_loaded_and_predicts_the_same(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skops")
    monkeypatch.setenv("FITSCRIBE_MODELS", "skops")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    run = only_run()
    assert [each["format"] for each in run.models] == ["skops"]
    np.testing.assert_array_equal(run.load_model().predict_proba(X), model.predict_proba(X))


def test_skops_of_somebody_else_is_loaded_only_if_its_types_are_known(
    only_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("skops")
    monkeypatch.setenv("FITSCRIBE_MODELS", "skops")
    OwnClassifier(max_iter=1000).fit(X, y)
    run = only_run()
    assert isinstance(run.load_model(), OwnClassifier)
    monkeypatch.setenv("FITSCRIBE_KEY", "somebody else's key, of thirty-two bytes or more")
    with pytest.raises(UntrustedModel, match="OwnClassifier"):
        run.load_model()
    assert isinstance(run.load_model(trust=True), OwnClassifier)


def test_skops_says_what_it_cannot_write(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skops")
    monkeypatch.setenv("FITSCRIBE_MODELS", "skops")
    model = LogisticRegression(max_iter=1000)
    model.unwritable = (each for each in ())
    model.fit(X, y)
    run = only_run()
    assert run.models == []
    assert "skops cannot write LogisticRegression" in reasons(run)[0]


def test_skops_says_what_nobody_could_load(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skops")
    monkeypatch.setenv("FITSCRIBE_MODELS", "skops")
    make_pipeline(FunctionTransformer(lambda values: values), LogisticRegression(max_iter=1000)).fit(X, y)
    run = only_run()
    assert run.models == []
    (reason,) = reasons(run)
    assert "<lambda> is not to be found by its name; define it at the top level of a module" in reason


def test_a_damaged_file_is_named(only_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skops")
    monkeypatch.setenv("FITSCRIBE_MODELS", "skops")
    LogisticRegression(max_iter=1000).fit(X, y)
    run = only_run()
    path = run.path / run.models[0]["path"]
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ModelNotLoadable, match="skops cannot read"):
        run.load_model()


@pytest.mark.parametrize(
    ("data", "columns", "row"),
    [
        (X, ["x0", "x1", "x2", "x3"], X[0].tolist()),
        (pd.DataFrame(X, columns=list("abcd")), list("abcd"), X[0].tolist()),
        (scipy.sparse.csr_matrix(X), ["x0", "x1", "x2", "x3"], X[0].tolist()),
        (X.tolist(), ["x0", "x1", "x2", "x3"], X[0].tolist()),
    ],
    ids=["array", "frame", "sparse", "list"],
)
def test_the_first_rows_are_kept_on_request(
    only_run: Any, monkeypatch: pytest.MonkeyPatch, data: Any, columns: Any, row: Any
) -> None:
    monkeypatch.setenv("FITSCRIBE_INPUT_EXAMPLE", "yes")
    MultinomialNB().fit(data, y)
    example = next(each["data"] for each in only_run().artifacts if each["name"] == "input_example")
    assert example["columns"] == columns
    assert len(example["rows"]) == 5
    assert example["rows"][0] == row
