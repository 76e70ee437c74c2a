"""A loaded model names the column that differs from what it was trained on."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.impute import SimpleImputer  # noqa: E402
from sklearn.linear_model import LinearRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402

import fitscribe  # noqa: E402
from fitscribe.models import SignatureMismatch, UnseenMissingValues  # noqa: E402

FRAME = pd.DataFrame({"age": [20.0, 31.0, 45.0, 60.0], "height": [1.6, 1.7, 1.8, 1.9]})
TARGET = [1.0, 2.0, 3.0, 4.0]


@pytest.fixture
def loaded(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A model of four rows with two named columns, as `load_model` gives it."""
    monkeypatch.setenv("FITSCRIBE_STORE", str(tmp_path / "store"))
    fitscribe.autolog("sklearn", quiet=True)
    try:
        LinearRegression().fit(FRAME, TARGET)
    finally:
        fitscribe.disable()
    return fitscribe.load_model("latest")


def test_what_it_was_trained_on_passes(loaded: Any) -> None:
    expected = LinearRegression().fit(FRAME, TARGET).predict(FRAME)
    np.testing.assert_array_equal(loaded.predict(FRAME), expected)
    assert loaded.score(FRAME, TARGET) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (FRAME[["age"]], "the data has no column 'height'$"),
        (
            FRAME.rename(columns={"age": "years"}),
            "no column 'age'; it has 'years', which the model does not know",
        ),
        (
            FRAME.assign(age=pd.Series(list("abcd"), dtype="string")),
            "column 'age' is .*, .*trained on float64",
        ),
        (FRAME.assign(weight=1.0).to_numpy(), "3 columns, and the model was trained on 2: 'age', 'height'"),
    ],
)
def test_the_column_that_differs_is_named(loaded: Any, data: Any, message: str) -> None:
    with pytest.raises(SignatureMismatch, match=message):
        loaded.predict(data)


def test_text_for_numbers_is_named_without_columns(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_STORE", str(tmp_path / "store"))
    fitscribe.autolog("sklearn", quiet=True)
    try:
        LinearRegression().fit(FRAME.to_numpy(), TARGET)
    finally:
        fitscribe.disable()
    model = fitscribe.load_model("latest")
    with pytest.raises(SignatureMismatch, match="the data holds <U1, and the model was trained on float64"):
        model.predict(np.array([["a", "b"]]))
    assert model.predict(np.array([[20, 2]])).shape == (1,)


def test_it_is_the_model_in_all_but_that(loaded: Any) -> None:
    assert isinstance(loaded, LinearRegression)
    bare = pickle.loads(pickle.dumps(loaded))
    assert type(bare) is LinearRegression
    assert type(clone(loaded)) is LinearRegression
    assert pickle.dumps(loaded) == pickle.dumps(bare)
    for each in (copy.copy(loaded), copy.deepcopy(loaded)):
        with pytest.raises(SignatureMismatch):
            each.predict(FRAME[["age"]])
    with pytest.raises(AttributeError, match="predict_proba"):
        loaded.predict_proba(FRAME)


@pytest.fixture
def imputing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Gives models that can do without some values, as `load_model` gives them, trained on some data."""
    monkeypatch.setenv("FITSCRIBE_STORE", str(tmp_path / "store"))

    def fit(data: Any) -> Any:
        fitscribe.autolog("sklearn", quiet=True)
        try:
            make_pipeline(SimpleImputer(), LinearRegression()).fit(data, TARGET)
        finally:
            fitscribe.disable()
        return fitscribe.load_model("latest")

    return fit


HOLES = FRAME.assign(age=[20.0, None, 45.0, 60.0])


def test_missing_values_are_named_where_none_were_seen(imputing: Any) -> None:
    model = imputing(FRAME)
    with pytest.warns(
        UnseenMissingValues, match="^column 'age' has missing values, and none were seen"
    ) as said:
        assert model.predict(HOLES).shape == (4,)
    assert said[0].filename == __file__
    with (
        pytest.warns(UnseenMissingValues, match="^the data has missing values"),
        pytest.warns(match="X does not"),
    ):
        model.predict(HOLES.to_numpy())


def test_missing_values_that_were_seen_are_no_news(imputing: Any) -> None:
    model = imputing(HOLES)
    assert model.predict(HOLES).shape == (4,)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):  # and no more
        model.predict(HOLES.to_numpy())
    with pytest.warns(UnseenMissingValues, match="^column 'height' has"):
        model.predict(HOLES.assign(height=[None, 1.7, 1.8, 1.9]))


def test_missing_values_of_arrays(imputing: Any) -> None:
    with pytest.warns(UnseenMissingValues, match="^the data has missing values"):
        imputing(FRAME.to_numpy()).predict(HOLES.to_numpy())
    assert imputing(HOLES.to_numpy()).predict(HOLES.to_numpy()).shape == (4,)


def test_a_model_that_cannot_do_without_says_so_itself(loaded: Any) -> None:
    with pytest.warns(UnseenMissingValues, match="'age'"), pytest.raises(ValueError, match="NaN"):
        loaded.predict(HOLES)
