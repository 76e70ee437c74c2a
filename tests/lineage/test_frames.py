"""pandas and polars: columns, slices and values of frames are followed; what was computed is told apart."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from fitscribe import lineage

pandas = pytest.importorskip("pandas")

RANDOM = np.random.default_rng(0)


def frame(rows: int = 100) -> Any:
    made = pandas.DataFrame(RANDOM.normal(size=(rows, 3)), columns=list("abc"))
    made["n"] = RANDOM.integers(0, 9, rows)
    made["text"] = RANDOM.choice(["u", "v", "w"], rows)
    made["y"] = RANDOM.integers(0, 2, rows)
    return made


@pytest.fixture
def df() -> Any:
    """A frame that was read from a file."""
    made = frame()
    lineage.source(made, "pandas.read_csv")
    return made


def of_known(obj: Any) -> lineage.Node:
    node = lineage.node_of(obj)
    assert node is not None
    return node


@pytest.mark.parametrize(
    ("take", "by"),
    [
        (lambda df: df[["a", "b"]], "columns of"),
        (lambda df: df.drop(columns="y"), "columns of"),
        (lambda df: df.loc[:, "a":"c"], "columns of"),
        (lambda df: df["y"], "columns of"),
        (lambda df: df["text"], "columns of"),
        (lambda df: df[["y"]], "columns of"),
        (lambda df: df.select_dtypes("number"), "columns of"),
        (lambda df: df.copy(), "copy of"),
        (lambda df: df["y"].copy(), "columns of"),
        (lambda df: df.assign(new=1), "same rows as"),
        (lambda df: df["y"].map({0: "no", 1: "yes"}), "same rows as"),
        (lambda df: df["n"] * 2, "same rows as"),
        (lambda df: df.rename(columns={"a": "A"}), "same rows as"),
        (lambda df: pandas.DataFrame(np.zeros((100, 2)), index=df.index), "same rows as"),
        (lambda df: df["y"].to_numpy(), "columns of"),
        (lambda df: df[["a", "b"]].to_numpy(), "columns of"),
        (lambda df: df[["a", "b"]].to_numpy(dtype="float32"), "columns of"),
        (lambda df: df.drop(columns=["text", "y"]).values, "columns of"),
        (lambda df: df.iloc[10:20], "rows 10:20 of"),
        (lambda df: df[20:], "rows 20:100 of"),
        (lambda df: df["a"].iloc[10:20], "rows 10:20, columns of"),
    ],
)
def test_what_is_taken_of_a_frame(take: Any, by: str, df: Any) -> None:
    node = of_known(take(df))
    assert (node.by, node.of) == (by, (of_known(df),))
    if not by.startswith("rows"):
        assert lineage.relation(node, df) == "same"


@pytest.mark.parametrize(
    "take",
    [
        lambda df: frame(),
        lambda df: pandas.DataFrame({"a": range(100)}),
        lambda df: df[df.y == 1].reset_index(drop=True),
        lambda df: df.sort_values("a", ignore_index=True),
        lambda df: df[df.y == 1][["a", "b"]] * -1,
        lambda df: (df[["a", "b"]] * 2).to_numpy(),
    ],
)
def test_what_is_not_followed(take: Any, df: Any) -> None:
    assert lineage.node_of(take(df)) is None


def test_frames_of_the_same_numbering_are_not_related() -> None:
    one, other = frame(), frame()
    lineage.seen(one)
    lineage.seen(other)
    assert lineage.relation(one, other) == "unknown"


def test_what_was_taken_of_a_frame_that_is_gone() -> None:
    df = frame()
    read = lineage.source(df, "pandas.read_csv")
    X, y = df[["a", "b"]], df["y"]
    del df
    assert (of_known(X).by, of_known(X).of) == ("columns of", (read,))
    # By the hashes of some of its values: it could have been computed under the same name.
    assert (of_known(y).by, of_known(y).of) == ("columns of", (read,))
    assert (of_known(y.map({0: 1, 1: 0})).by, lineage.relation(X, y)) == ("same rows as", "same")


def test_columns_that_are_taken_anew_for_each_model(df: Any) -> None:
    train, test = df.iloc[::2].copy(), df.iloc[1::2].copy()
    lineage.split("train_test_split", [df], [(train, test)])
    for _ in range(3):
        _, target = lineage.pair(train[["a", "b"]], train["y"])
        assert lineage.labels_of(test[["a", "b"]], like=target).equals(test["y"])
        lineage.seen(train["y"].map({0: "no", 1: "yes"}))


def test_rows_of_one_frame(df: Any) -> None:
    X = df[["a", "b"]].copy()
    lineage.seen(X)
    assert lineage.relation(X[:80], X[80:]) == "held out"
    assert lineage.relation(X[:80], X[70:]) == "overlaps"
    assert lineage.relation(df[:80], df[80:]) == "held out"


def test_labels_of_a_frame_that_was_split_whole(df: Any) -> None:
    train, test = df.iloc[::2].copy(), df.iloc[1::2].copy()
    lineage.split("train_test_split", [df], [(train, test)])
    _, target = lineage.pair(train.drop(columns="y"), train["y"])
    assert lineage.labels_of(test.drop(columns="y"), like=target).equals(test["y"])
    assert lineage.labels_of(test[["a"]], like=target).equals(test["y"])


def test_labels_that_were_computed_are_not_taken_for_their_column(df: Any) -> None:
    train, test = df.iloc[::2].copy(), df.iloc[1::2].copy()
    lineage.split("train_test_split", [df], [(train, test)])
    mapped = train["y"].map({0: "no", 1: "yes"})
    _, target = lineage.pair(train[["a"]], mapped)
    assert lineage.labels_of(test[["a"]], like=target) is None
    _, target = lineage.pair(train[["a"]], train["y"] * 3)
    assert lineage.labels_of(test[["a"]], like=target) is None


def test_labels_of_slices(df: Any) -> None:
    X, y = df[["a", "b"]], df["y"]
    lineage.pair(X, y)
    _, target = lineage.pair(X[:80], y[:80])
    assert lineage.labels_of(X[80:], like=target).equals(y[80:])


def test_labels_of_arrays_out_of_a_frame(df: Any) -> None:
    X, y = df[["a", "b"]].to_numpy(), df["y"].to_numpy()
    _, target = lineage.pair(X[:80], y[:80])
    assert lineage.labels_of(X[80:], like=target).tolist() == y[80:].tolist()
    assert of_known(X).of == (of_known(df),) and of_known(y).of == (of_known(df),)


def test_a_frame_that_was_changed_in_place(df: Any) -> None:
    read = of_known(df)
    df["new"] = 1
    assert lineage.node_of(df) is read
    del df["n"]
    assert lineage.node_of(df) is read
    kept = df[df["y"] == 1]
    df.__dict__.update(vars(kept))  # what `inplace=True` does, which pandas is about to give up
    node = of_known(df)
    assert (node.by, node.of) == (f"{len(kept)} rows of", (read,))


def test_labels_of_a_frame_that_was_sorted_in_place_are_in_its_order(df: Any) -> None:
    X, y = df[["a", "b"]].copy(), df["y"].copy()
    _, target = lineage.pair(X, y)
    before = X["a"].tolist()
    X.__dict__.update(vars(X.sort_values("a")))
    assert X["a"].tolist() != before
    found = lineage.labels_of(X, like=target)
    assert found is None or found.tolist() == y.loc[X.index].tolist()


def test_a_column_that_was_assigned_anew_is_another_one(df: Any) -> None:
    train, test = df[:80].copy(), df[80:].copy()
    lineage.split("train_test_split", [df], [(train, test)])
    before = lineage.pair(train[["a", "b"]], train["y"])[1]
    assert lineage.labels_of(test[["a", "b"]], like=before).equals(test["y"])
    train["y"] = 1 - train["y"]
    after = lineage.pair(train[["a", "b"]], train["y"])[1]
    assert lineage.labels_of(test[["a", "b"]], like=after) is None


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    "select",
    [
        lambda df: df[df.y == 1],
        lambda df: df.sample(frac=0.5, random_state=0),
        lambda df: df.sort_values("a"),
        lambda df: df.iloc[RANDOM.permutation(100)[:40]],
        lambda df: df[df.n > 2].dropna().query("a > -1")[["a", "b", "text"]],
        lambda df: df[df.y == 1].assign(ratio=lambda df: df.a / df.b),
    ],
)
def test_selected_rows(select: Any, gone: bool) -> None:
    df = frame()
    read = lineage.source(df, "pandas.read_csv")
    whole = df if not gone else None
    df = select(df)
    node = of_known(df)
    assert node.of == (read,) and node.by.startswith(f"{len(df)} rows")
    assert lineage.relation(node, read) == "overlaps"
    assert (whole is None) == gone and of_known(df["a"]).of[0] in (node, read)


def test_labels_of_what_is_left_of_a_frame_that_is_gone() -> None:
    df = frame()
    read = lineage.source(df, "pandas.read_csv")
    df = df[df["n"] > 2]
    X, y = df[["a", "b"]], df["y"]
    assert of_known(X).of == of_known(y).of == (read,)
    assert lineage.relation(X, y) == "same"


def test_a_sample_and_the_rest(df: Any) -> None:
    train = df.sample(frac=0.8, random_state=0)
    test = df.drop(index=train.index)
    data, target = lineage.pair(train[["a", "b"]], train["y"])
    assert lineage.relation(test[["a", "b"]], data) == "held out"
    assert lineage.relation(df.sample(frac=0.8, random_state=1), data) == "overlaps"
    assert lineage.labels_of(test[["a", "b"]], like=target).equals(test["y"])


def test_rows_at_positions_as_folds_give_them(df: Any) -> None:
    X, y = df[["a", "b"]], df["y"]
    lineage.pair(X, y)
    train, test = np.arange(100) % 5 != 0, np.arange(100) % 5 == 0
    data, target = lineage.pair(X[train], y[train])
    assert lineage.relation(X[test], data) == "held out"
    assert lineage.labels_of(X[test], like=target).equals(y[test])


def test_labels_that_are_texts(df: Any) -> None:
    _, target = lineage.pair(df.loc[:79, ["a", "b"]], df.loc[:79, "text"])
    assert lineage.labels_of(df.loc[80:, ["a", "b"]], like=target).equals(df.loc[80:, "text"])


def test_a_frame_around_a_known_array() -> None:
    X = RANDOM.normal(size=(100, 3))
    lineage.source(X, "numpy.load")
    node = of_known(pandas.DataFrame(X, columns=list("abc")))
    assert node.of == (of_known(X),) and lineage.relation(node, X) == "same"


def test_an_output_as_a_frame(df: Any) -> None:
    X = df[["a", "b"]]
    scaled = X * 2
    made = lineage.derive(scaled, "StandardScaler.transform", [X])
    assert lineage.node_of(scaled) is made
    assert of_known(scaled[["a"]]).of == (made,)


@pytest.mark.parametrize(
    "odd",
    [
        lambda: pandas.DataFrame(),
        lambda: pandas.DataFrame({"a": [1, 2]})[[]],
        lambda: pandas.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
        lambda: pandas.DataFrame({("a", "b"): [1, 2]}),
        lambda: pandas.DataFrame(
            {"a": pandas.Categorical(["x", "y"]), "b": pandas.array([1, None], dtype="Int64")}
        ),
        lambda: pandas.DataFrame(np.zeros((3, 3000))),
        lambda: pandas.Series([1, 2], name=None),
        lambda: pandas.Series([[1], {2}], dtype=object),
        lambda: pandas.DataFrame({"a": [1, 2]}, index=pandas.MultiIndex.from_tuples([(1, 2), (3, 4)])),
    ],
)
def test_odd_frames(odd: Any) -> None:
    made = odd()
    node = lineage.seen(made)
    assert lineage.node_of(made) is node
    for part in (made.copy(), made.iloc[:1], made.iloc[:, :1] if made.ndim == 2 else made[:1]):
        lineage.node_of(part)
    lineage.pair(made, made)
    lineage.describe({"train": node})


def test_nothing_is_set_on_a_frame(df: Any) -> None:
    import pickle

    before = frame(10)
    pickled, attributes = pickle.dumps(before), set(vars(before))
    lineage.seen(before)
    lineage.node_of(before["a"])
    lineage.pair(before[["a"]], before["y"])
    assert pickle.dumps(before) == pickled and set(vars(before)) == attributes


def test_polars_columns_are_known_by_name_and_values() -> None:
    polars = pytest.importorskip("polars")
    df = polars.DataFrame({"a": RANDOM.normal(size=100), "n": range(100), "y": ["u", "v"] * 50})
    read = lineage.source(df, "polars.read_csv")
    for take in (
        lambda df: df.drop("y"),
        lambda df: df["y"],
        lambda df: df.select("n"),
        lambda df: df.select("a", "n").to_numpy(),
    ):
        node = of_known(take(df))
        assert (node.by, node.of) == ("columns of", (read,)) and lineage.relation(node, df) == "same"
    for other in (df.with_columns(a=polars.col("a") * 2).drop("y"), df["y"].str.to_uppercase(), df.reverse()):
        assert lineage.node_of(other) is None


def test_polars_labels_of_a_frame_that_was_split_whole() -> None:
    polars = pytest.importorskip("polars")
    df = polars.DataFrame({"a": RANDOM.normal(size=100), "y": ["u", "v"] * 50})
    train, test = df[:70], df[70:]
    lineage.split("train_test_split", [df], [(train, test)])
    _, target = lineage.pair(train.drop("y"), train["y"])
    assert lineage.labels_of(test.drop("y"), like=target).equals(test["y"])


def test_nothing_is_imported_for_it() -> None:
    import subprocess

    script = (
        "import sys; from fitscribe import lineage\n"
        "lineage.seen([1.0]); lineage.pair([[1]], [2]); lineage.source({}, 'f', __file__ if 0 else None)\n"
        "print(sorted({'numpy', 'pandas', 'polars', 'scipy', 'narwhals'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
