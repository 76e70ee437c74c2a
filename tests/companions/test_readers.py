"""Readers of pandas, NumPy and polars, and the datasets of scikit-learn, are where data comes from."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fitscribe
from fitscribe import engine, lineage

pandas = pytest.importorskip("pandas")

RANDOM = np.random.default_rng(0)


@pytest.fixture
def frame() -> Any:
    return pandas.DataFrame(RANDOM.normal(size=(50, 3)), columns=list("aby"))


def origin(obj: Any) -> dict[str, Any]:
    """What the record of a run says of where an object comes from."""
    node = lineage.node_of(obj)
    assert node is not None
    found: dict[str, Any] = lineage.describe({"train": node})["nodes"][0]
    return found


def test_pandas_reads_a_file(frame: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    frame.to_csv(path, index=False)
    for df in (
        pandas.read_csv(path),
        pandas.read_table(str(path), sep=","),
        pandas.read_csv(filepath_or_buffer=path),
    ):
        found = origin(df)
        assert found["path"] == str(path) and found["size"] == path.stat().st_size
        assert found["by"] in ("pandas.read_csv", "pandas.read_table") and len(found["fingerprint"]) == 32
    df = pandas.read_csv(path)
    assert origin(df.drop(columns="y"))["path"] == origin(df["y"].to_numpy())["path"] == str(path)


@pytest.mark.parametrize("form", ["json", "pickle"])
def test_other_forms(form: str, frame: Any, tmp_path: Path) -> None:
    path = tmp_path / f"x.{form}"
    getattr(frame, f"to_{form}")(path)
    assert origin(getattr(pandas, f"read_{form}")(path))["path"] == str(path)


def test_an_open_file_and_a_buffer(frame: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    frame.to_csv(path, index=False)
    with path.open() as file:
        assert origin(pandas.read_csv(file))["path"] == str(path)
    text = io.StringIO(path.read_text())
    found = origin(pandas.read_csv(text))
    assert "path" not in found and found["facts"] == {"read_from": "_io.StringIO"}


def test_a_query(frame: Any) -> None:
    import sqlite3

    connection = sqlite3.connect(":memory:")
    try:
        frame.to_sql("x", connection)
        df = pandas.read_sql("select * from x where 'password' <> 'secret'", connection)
    finally:
        connection.close()
    found = origin(df)
    assert found["by"] == "pandas.read_sql" and "path" not in found


def test_pieces_and_what_does_not_exist(frame: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    frame.to_csv(path, index=False)
    with pandas.read_csv(path, chunksize=10) as reader:
        assert len(next(iter(reader))) == 10
    with pytest.raises(FileNotFoundError) as caught:
        pandas.read_csv(tmp_path / "no.csv")
    assert caught.value.__context__ is None


def test_numpy(tmp_path: Path) -> None:
    X = RANDOM.normal(size=(50, 3))
    np.save(tmp_path / "x.npy", X)
    np.savetxt(tmp_path / "x.txt", X)
    np.savez(tmp_path / "x.npz", X=X, y=X[:, 0])
    assert origin(np.load(tmp_path / "x.npy")[:10])["path"] == str(tmp_path / "x.npy")
    assert origin(np.load(tmp_path / "x.npy", mmap_mode="r")[:10])["path"] == str(tmp_path / "x.npy")
    assert origin(np.loadtxt(tmp_path / "x.txt"))["by"] == "numpy.loadtxt"
    assert origin(np.genfromtxt(tmp_path / "x.txt"))["by"] == "numpy.genfromtxt"
    with np.load(tmp_path / "x.npz") as archive:
        read, labels = archive["X"], archive["y"]
        assert np.array_equal(read, X) and archive.files == ["X", "y"]
    node = lineage.node_of(read)
    assert (
        node is not None and node.by == "array 'X' of" and origin(labels)["path"] == str(tmp_path / "x.npz")
    )


def test_polars(frame: Any, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    path = tmp_path / "x.csv"
    frame.to_csv(path, index=False)
    df = polars.read_csv(path)
    assert origin(df)["path"] == origin(df.drop("y"))["path"] == str(path)
    df.write_parquet(tmp_path / "x.parquet")
    assert origin(polars.read_parquet(tmp_path / "x.parquet"))["by"] == "polars.read_parquet"
    assert polars.read_parquet_schema(tmp_path / "x.parquet") == df.schema


def test_datasets_of_scikit_learn(tmp_path: Path) -> None:
    from sklearn import datasets

    bunch = datasets.load_iris()
    assert origin(bunch.data)["by"] == "sklearn.datasets.load_iris"
    assert lineage.labels_of(bunch.data) is bunch.target
    X, y = datasets.load_wine(return_X_y=True)
    assert lineage.labels_of(X) is y
    bunch = datasets.load_iris(as_frame=True)
    assert lineage.relation(bunch.data, bunch.target) == "same"
    assert lineage.labels_of(bunch.data).equals(bunch.target)
    X, y = datasets.make_classification(200, n_features=6, random_state=3)
    assert origin(X)["facts"] == {"n_samples": 200, "n_features": 6, "random_state": 3}
    assert lineage.labels_of(X) is y
    datasets.dump_svmlight_file(X, y, str(tmp_path / "x.svm"))
    sparse, labels = datasets.load_svmlight_file(str(tmp_path / "x.svm"))
    assert origin(sparse)["path"] == str(tmp_path / "x.svm") and lineage.labels_of(sparse) is labels
    curve, _ = datasets.make_s_curve(20, random_state=0)
    assert origin(curve)["by"] == "sklearn.datasets.make_s_curve"


def states() -> dict[str, str]:
    return {status.id: status.state for status in engine.coverage(look=False)}


def test_companions_come_along_and_go() -> None:
    ids = ("numpy.read", "numpy.read_archive", "pandas.read")
    assert [states()[each] for each in ids] == ["applied"] * 3
    fitscribe.disable("pandas")
    assert states()["pandas.read"] == "off" and states()["numpy.read"] == "applied"
    fitscribe.disable("sklearn")
    assert [states()[each] for each in ids] == ["off"] * 3
    fitscribe.autolog("sklearn", exclude=("pandas",))
    assert states()["pandas.read"] == "off" and states()["numpy.read"] == "applied"
    assert pandas.read_csv(io.StringIO("a\n1\n")).shape == (1, 1)
    fitscribe.autolog()
    assert states()["pandas.read"] == "applied"


def test_a_run_says_how_its_companions_are() -> None:
    from sklearn.linear_model import Ridge

    Ridge().fit([[0.0], [1.0]], [0.0, 1.0])
    (run,) = fitscribe.search_runs()
    assert {point["id"]: point["state"] for point in run.coverage}["pandas.read"] == "applied"


def test_a_run_has_the_lineage_from_the_file(frame: Any, tmp_path: Path) -> None:
    from sklearn.linear_model import Ridge

    frame.to_csv(tmp_path / "x.csv", index=False)
    df = pandas.read_csv(tmp_path / "x.csv")
    Ridge().fit(df[["a", "b"]][:40], df["y"][:40])
    (run,) = fitscribe.search_runs()
    (record,) = (each["data"] for each in run.artifacts if each["name"] == "lineage")
    nodes = {node["id"]: node for node in record["nodes"]}
    assert [node["by"] for node in record["nodes"]].count("pandas.read_csv") == 1
    for role in ("train", "train target"):
        node = nodes[record["roles"][role]]
        while node["of"]:
            node = nodes[node["of"][0]]
        assert node["path"] == str(tmp_path / "x.csv")


def test_a_run_of_data_that_nobody_saw_has_no_lineage() -> None:
    from sklearn.linear_model import Ridge

    Ridge().fit(RANDOM.normal(size=(20, 2)), RANDOM.normal(size=20))
    (run,) = fitscribe.search_runs()
    assert [each for each in run.artifacts if each["name"] == "lineage"] == [] and run.problems == []
