"""Training data itself, kept on request, with its labels and in full or as a sample."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.tracking import kept_data
from fitscribe.tracking.kept_data import keep_data

np = pytest.importorskip("numpy")
polars = pytest.importorskip("polars")

Keep = Callable[..., Any]


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch, own_store: Path) -> Keep:
    """Keep data on a run; what lies in the run as a polars frame, or the reasons why nothing does."""
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")

    def kept(data: Any, target: Any = None, how: str = "sample", *, without: tuple[str, ...] = ()) -> Any:
        found = importlib.util.find_spec
        with monkeypatch.context() as patched:
            patched.setattr(kept_data, "find_spec", lambda name: None if name in without else found(name))
            with fitscribe.start_run("keeps") as run:
                keep_data(run, data, target, how=how)
        files = list(own_store.glob(f"runs/{run.id}/artifacts/data/*"))
        if not files:
            return [each["why"] for each in fitscribe.get_run(run.id).unseen]
        (artifact,) = fitscribe.get_run(run.id).artifacts
        assert artifact["name"] == "data/train.parquet" and artifact["kind"] == "data"
        return polars.read_parquet(files[0])

    return kept


def test_a_sample_and_the_whole(keep: Keep) -> None:
    X, y = np.arange(6000.0).reshape(3000, 2), np.arange(3000) % 3
    sample = keep(X, y)
    assert sample.columns == ["x0", "x1", "target"] and sample.shape == (1000, 3)
    assert sample["x0"].to_list() == X[::3, 0].tolist() and sample["target"].to_list() == [0] * 1000
    whole = keep(X, y, "whole")
    assert whole.shape == (3000, 3) and whole["target"].to_list() == y.tolist()
    assert keep(X[:10]).shape == (10, 2)


@pytest.mark.parametrize("without", [(), ("pyarrow",)])
def test_a_pandas_frame(keep: Keep, without: tuple[str, ...]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "a": [1.5, None, 3.0],
            "text": ["u", None, "w"],
            "kind": pandas.Categorical(["x", "y", "x"]),
            7: [1, 2, 3],
        },
        index=[5, 3, 1],
    )
    kept = keep(frame, pandas.Series([0, 1, 0], name="a", index=frame.index), without=without)
    assert kept.columns == ["index", "a", "text", "kind", "7", "a (target)"]
    assert kept["index"].to_list() == [5, 3, 1] and kept["text"].to_list() == ["u", None, "w"]
    assert kept["kind"].cast(polars.String).to_list() == ["x", "y", "x"]
    assert kept["a"].fill_nan(None).to_list() == [1.5, None, 3.0] and kept["7"].to_list() == [1, 2, 3]


def test_a_polars_frame(keep: Keep) -> None:
    frame = polars.DataFrame({"a": range(2500), "text": ["u"] * 2500})
    kept = keep(frame, polars.Series("y", [True] * 2500))
    assert kept.columns == ["a", "text", "y"] and kept["a"].to_list() == list(range(0, 2500, 3))


def test_lists(keep: Keep) -> None:
    assert keep([[1, 2.0], [3, 4.0]], ["u", "v"]).to_dicts() == [
        {"x0": 1, "x1": 2.0, "target": "u"},
        {"x0": 3, "x1": 4.0, "target": "v"},
    ]
    assert keep(["one text", "another"], [0, 1]).columns == ["x", "target"]


def test_several_targets(keep: Keep) -> None:
    assert keep(np.ones((4, 1)), np.ones((4, 2))).columns == ["x0", "target0", "target1"]


def test_what_cannot_be_kept_is_named(keep: Keep) -> None:
    sparse = pytest.importorskip("scipy.sparse")
    (why,) = keep(sparse.csr_matrix(np.eye(3)))
    assert why == "fitscribe takes no columns out of data of type scipy.sparse._csr.csr_matrix"
    assert keep(iter([1, 2])) == ["fitscribe takes no columns out of data of type list_iterator"]
    assert keep([[1], [1, 2]]) == ["fitscribe takes no columns out of data of type list"]
    assert keep(np.ones((2, 2, 2))) == ["fitscribe takes no columns out of data of type numpy.ndarray"]
    (why,) = keep(np.ones((3, 1)), without=("pyarrow", "polars"))
    assert why == "nothing is installed that writes Parquet: pip install pyarrow"


def test_the_fit_keeps_it(monkeypatch: pytest.MonkeyPatch, own_store: Path) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    monkeypatch.setenv("FITSCRIBE_QUIET", "1")
    fitscribe.autolog("sklearn", keep_data="whole")
    try:
        linear_model.Ridge().fit(np.arange(8.0).reshape(4, 2), np.arange(4.0))
    finally:
        fitscribe.autolog("sklearn", keep_data="no")
        fitscribe.disable()
    (run,) = fitscribe.search_runs()
    (file,) = own_store.glob(f"runs/{run.id}/artifacts/data/train.parquet")
    assert polars.read_parquet(file)["target"].to_list() == [0.0, 1.0, 2.0, 3.0]
