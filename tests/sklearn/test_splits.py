"""Splits and folds: what they are of, and that what the user gets is what scikit-learn gives."""

from __future__ import annotations

import gc
import inspect
import pickle
import sys
import weakref
from types import GeneratorType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler

import fitscribe

X, y = load_iris(return_X_y=True)
GROUPS = np.arange(len(X)) % 5
SPLITTERS = [
    KFold(3),
    KFold(3, shuffle=True, random_state=0),
    StratifiedKFold(3),
    GroupKFold(3),
    LeaveOneGroupOut(),
    PredefinedSplit(np.arange(len(X)) % 3),
    RepeatedKFold(n_splits=2, n_repeats=2, random_state=0),
    RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0),
    ShuffleSplit(3, test_size=0.3, random_state=0),
    StratifiedShuffleSplit(3, random_state=0),
    GroupShuffleSplit(3, random_state=0),
    TimeSeriesSplit(3, test_size=20),
    TimeSeriesSplit(3, max_train_size=40, gap=2),
]


def fits(runs: Any) -> list[Any]:
    return [run for run in runs() if run.role == "training"]


def split_of(run: Any) -> dict[str, Any]:
    return {name: value for name, value in run.params.items() if name.startswith("split")}


def test_a_split_is_in_the_parameters_of_the_fit(runs: Any) -> None:
    parts = train_test_split(X, y, test_size=0.2, random_state=7, stratify=y)
    GaussianNB().fit(parts[0], parts[2])
    assert split_of(fits(runs)[0]) == {
        "split": "train_test_split",
        "split__test_size": 0.2,
        "split__random_state": 7,
        "split__shuffle": True,
        "split__stratified": True,
        "split__train_rows": 120,
        "split__test_rows": 30,
    }
    assert {"split", "split__test_size", "split__random_state"} <= set(fits(runs)[0].changed)


def test_a_split_left_to_its_defaults_and_one_by_a_generator(runs: Any) -> None:
    for options in ({}, {"train_size": 0.5, "random_state": np.random.RandomState(0), "shuffle": True}):
        X_train, _, y_train, _ = train_test_split(X, y, **options)
        GaussianNB().fit(StandardScaler().fit_transform(X_train), y_train)
    first, second = (split_of(run) for run in fits(runs))
    assert first["split__test_size"] == 0.25 and first["split__random_state"] is None
    assert "split__test_size" not in second and second["split__train_size"] == 0.5
    assert "RandomState" in str(second["split__random_state"])


def test_what_is_fitted_on_all_of_the_data_has_no_split(runs: Any) -> None:
    train_test_split(X, y)
    GaussianNB().fit(X, y)
    assert split_of(fits(runs)[0]) == {}


def test_a_split_gives_the_same_parts_with_and_without(runs: Any) -> None:
    with fitscribe.suppress():
        bare = train_test_split(X, y.tolist(), random_state=3)
    seen = train_test_split(X, y.tolist(), random_state=3)
    assert all(np.array_equal(one, other) for one, other in zip(bare, seen, strict=True))
    with pytest.raises(ValueError, match="At least one array"):
        train_test_split()


@pytest.mark.parametrize("splitter", SPLITTERS, ids=lambda each: repr(each)[:40])
def test_folds_are_followed_while_the_script_works_on_them(runs: Any, splitter: Any) -> None:
    accuracies = []
    for train, test in splitter.split(X, y, GROUPS if "Group" in type(splitter).__name__ else None):
        model = GaussianNB().fit(X[train], y[train])
        accuracies.append(float((model.predict(X[test]) == y[test]).mean()))
    found = fits(runs)
    assert [run.metrics["test/accuracy"] for run in found] == pytest.approx(accuracies, abs=1e-12)
    assert [run.params["split__fold"] for run in found] == list(range(len(accuracies)))
    assert {run.params["split"] for run in found} == {type(splitter).__name__}
    assert all(run.unseen == [] or "model" in str(run.unseen) for run in found)


@pytest.mark.parametrize("container", ["frame", "sparse", "list"])
def test_folds_of_other_containers(runs: Any, container: str) -> None:
    data: Any
    if container == "frame":
        data = pytest.importorskip("pandas").DataFrame(X)
    elif container == "sparse":
        data = pytest.importorskip("scipy.sparse").csr_matrix(X)
    else:
        data = (X + 1).tolist()  # of other values than those that other tests have made known
    accuracies = []
    for train, test in StratifiedKFold(3).split(data, y):
        if container == "frame":
            parts = data.iloc[train], data.iloc[test]
        elif container == "sparse":
            parts = data[train], data[test]
        else:
            parts = [data[index] for index in train], [data[index] for index in test]
        model = LogisticRegression(max_iter=1000).fit(parts[0], y[train])
        accuracies.append(float((model.predict(parts[1]) == y[test]).mean()))
    found = [run.metrics.get("test/accuracy") for run in fits(runs)]
    assert found == ([None] * 3 if container == "list" else pytest.approx(accuracies, abs=1e-12))


def test_folds_through_a_scaler_and_enumerated(runs: Any) -> None:
    accuracies = []
    for _, (train, test) in enumerate(KFold(3, shuffle=True, random_state=1).split(X, y)):
        scaler = StandardScaler()
        model = GaussianNB().fit(scaler.fit_transform(X[train]), y[train])
        accuracies.append(float((model.predict(scaler.transform(X[test])) == y[test]).mean()))
    assert [run.metrics["test/accuracy"] for run in fits(runs)] == pytest.approx(accuracies, abs=1e-12)


def test_other_labels_than_those_that_were_fitted_are_not_taken(runs: Any) -> None:
    for train, test in StratifiedKFold(3).split(X, y):
        GaussianNB().fit(X[train], 2 - y[train]).predict(X[test])
    assert all("test/accuracy" not in run.metrics for run in fits(runs))


def test_the_generator_is_scikit_learns_own(runs: Any) -> None:
    splitter = KFold(3, shuffle=True, random_state=0)
    with fitscribe.suppress():
        bare = splitter.split(X)
        expected = list(splitter.split(X))
    generator = splitter.split(X)
    assert type(generator) is GeneratorType and generator.gi_code is bare.gi_code
    assert inspect.getgeneratorstate(generator) == "GEN_CREATED"
    given = next(generator)
    GaussianNB().fit(X[given[0]], y[given[0]]).predict(X[given[1]])
    folds = [given, *generator]
    assert all(
        np.array_equal(one, other)
        for fold, other_fold in zip(folds, expected, strict=True)
        for one, other in zip(fold, other_fold, strict=True)
    )
    assert pickle.dumps(splitter) == pickle.dumps(KFold(3, shuffle=True, random_state=0))
    with pytest.raises(ValueError, match="n_splits=3"):
        next(splitter.split(X[:2]))


def test_a_random_splitter_draws_what_it_draws_without(runs: Any) -> None:
    np.random.seed(5)
    with fitscribe.suppress():
        bare = [test.tolist() for _, test in ShuffleSplit(2).split(X)]
    np.random.seed(5)
    seen = []
    for train, test in ShuffleSplit(2).split(X):
        GaussianNB().fit(X[train], y[train]).predict(X[test])
        seen.append(test.tolist())
    assert seen == bare


def test_a_splitter_of_the_script_may_give_a_list(runs: Any) -> None:
    class Halves(KFold):
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
            return [(np.arange(75), np.arange(75, 150))]

    for train, test in Halves(2).split(X):
        GaussianNB().fit(X[train], y[train]).predict(X[test])
    assert split_of(fits(runs)[0]) == {}


def test_no_fold_is_kept_alive(runs: Any) -> None:
    def work() -> list[weakref.ref[Any]]:
        data, labels = X.copy(), y.copy()
        splitter = KFold(2)
        generator = splitter.split(data, labels)
        kept: list[Any] = [data, labels, splitter, generator]
        for train, test in generator:
            model = GaussianNB().fit(data[train], labels[train])
            model.predict(data[test])
            kept += [train, test]
        return [weakref.ref(each) for each in kept]

    references = work()
    gc.collect()
    assert [reference() for reference in references if reference() is not None] == []


def test_no_scikit_learn_is_imported_by_the_patch_modules() -> None:
    import subprocess

    code = "import sys, fitscribe_sklearn; assert not {'sklearn', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# Not those of pyarrow, which scikit-learn cannot split.
def array_of_texts(texts: Any) -> Any:
    return pd.array(texts, dtype="string[python]")


def index_of_texts(texts: Any) -> Any:
    return pd.Index(texts, dtype=object)


@pytest.mark.parametrize("keep", [pd.Categorical, index_of_texts, array_of_texts])
def test_labels_in_what_pandas_keeps_a_column_in(only_run: Any, keep: Any) -> None:
    labels = keep(np.where(y == 1, "yes", "no"))
    X_train, X_test, y_train, y_test = train_test_split(X, labels, random_state=0)
    model = LogisticRegression(max_iter=5000).fit(X_train, y_train)
    score = model.score(X_test, y_test)
    run = only_run()
    assert run.metrics["test/accuracy"] == score and run.params["split"] == "train_test_split"
    assert run.datasets[0]["description"]["target"]["classes"].keys() == {"yes", "no"}
    assert run.unseen == [] and run.problems == []


def test_a_split_of_an_index(only_run: Any) -> None:
    frame = pd.DataFrame(X)
    train, test = train_test_split(frame.index, random_state=0)
    model = LogisticRegression(max_iter=5000).fit(frame.loc[train], y[train])
    model.score(frame.loc[test], y[test])
    run = only_run()
    assert len(run.metrics) > 8 and run.problems == [] and run.unseen == []


# -- once the loop is over


FRAME = pd.DataFrame(X, columns=list("abcd")).assign(kind=y, group=GROUPS)


@pytest.mark.parametrize(
    "splitter",
    [
        StratifiedShuffleSplit(1, test_size=0.2, random_state=42),
        GroupShuffleSplit(1, test_size=0.2, random_state=0),
        KFold(3),
    ],
    ids=lambda each: type(each).__name__,
)
@pytest.mark.parametrize("container", ["array", "frame", "columns of the frame"])
def test_a_split_is_known_when_its_loop_is_over(runs: Any, splitter: Any, container: str) -> None:
    labels = FRAME["kind"]
    by_group = isinstance(splitter, GroupShuffleSplit)
    if container == "array":
        folds = list(splitter.split(X, y, GROUPS if by_group else None))
        train, test = folds[-1]
        X_train, X_test, y_train, y_test = X[train], X[test], y[train], y[test]
    elif container == "frame":
        groups = FRAME["group"]
        for train, test in splitter.split(FRAME, labels, groups if by_group else None):
            rows, others = FRAME.iloc[train], FRAME.iloc[test]
        X_train, X_test, y_train, y_test = rows, others, labels.iloc[train], labels.iloc[test]
    else:
        # A series that is there for the call alone, and columns of the parts.
        for train, test in splitter.split(FRAME, FRAME["kind"], FRAME["group"] if by_group else None):
            rows, others = FRAME.loc[train], FRAME.loc[test]
        X_train, X_test, y_train, y_test = rows[["a", "b"]], others[["a", "b"]], rows["kind"], others["kind"]
    model = GaussianNB().fit(X_train, y_train)
    value = model.score(X_test, y_test)
    run = fits(runs)[0]
    found = split_of(run)
    assert found["split"] == type(splitter).__name__ and run.metrics["test/accuracy"] == value
    assert found["split__train_rows"] == len(train) and found["split__test_rows"] == len(test)
    assert found["split__n_splits"] == splitter.get_n_splits() and not run.unseen


def test_a_split_that_nobody_can_repeat_is_said(runs: Any) -> None:
    for train, _ in ShuffleSplit(1).split(FRAME):
        rows = FRAME.iloc[train]
    GaussianNB().fit(rows[["a", "b"]], rows["kind"])
    run = fits(runs)[0]
    assert split_of(run) == {}
    why = "by ShuffleSplit.split: which fold the data is cannot be told once the loop is over"
    assert [each["why"] for each in run.unseen if each["what"] == "split"] == [why]


def test_no_random_number_is_drawn_to_find_a_split(runs: Any) -> None:
    np.random.seed(0)
    [(train, _)] = ShuffleSplit(1).split(X)
    before = np.random.get_state()[1].tolist()
    GaussianNB().fit(X[train], y[train])
    assert np.random.get_state()[1].tolist() == before and len(fits(runs)) == 1


def test_what_was_computed_by_hand_is_of_the_split_of_its_labels(runs: Any) -> None:
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    GaussianNB().fit(np.log1p(X_train), y_train)
    assert split_of(fits(runs)[0])["split"] == "train_test_split"


def test_labels_that_were_changed_since_are_not_split_again(runs: Any) -> None:
    labels = np.arange(len(X)) % 2
    [(train, _)] = StratifiedShuffleSplit(1, random_state=0).split(X, labels)
    labels[1:] = 0
    GaussianNB().fit(X[train], y[train])
    (run,) = fits(runs)
    assert split_of(run) == {} and not run.problems


@pytest.mark.parametrize("kept", [False, True])
def test_folds_of_a_frame_that_was_itself_split_off(runs: Any, kept: bool) -> None:
    # Its rows are also rows of the frame, at other positions.
    data = FRAME[["a", "b"]]
    X_train, _, y_train, _ = train_test_split(data, FRAME["kind"], random_state=0)
    folds = KFold(3).split(X_train, y_train)
    for train, _ in list(folds) if kept else folds:
        rows, labels = X_train.iloc[train], y_train.iloc[train]
        GaussianNB().fit(rows, labels)
    found = [split_of(run) for run in fits(runs)]
    assert [(each["split"], each["split2"]) for each in found] == [("train_test_split", "KFold")] * 3
    assert [each["split2__fold"] for each in found] == [0, 1, 2]
