"""Models: saved as they are, refused when they are not one's own."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import Any

import pytest

from fitscribe import models
from fitscribe.models import (
    ModelNotLoadable,
    ModelNotSavable,
    ModelTooLarge,
    UntrustedModel,
    load_pickle,
    save_pickle,
)


class Opens:
    """Unpickling it does something that can be seen."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return open, (self.path, "w")


class RaisesItsOwn:
    def __reduce__(self) -> Any:
        raise ValueError("the user's own reason")


class SwallowsEverything:
    """Its attributes are pickled one by one, whatever happens to one."""

    def __reduce__(self) -> Any:
        return bytes, (b"x" * 5_000_000,)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    saved = save_pickle({"a": [1, 2, 3]}, tmp_path / "m.pkl")
    assert saved.format == "pickle"
    assert saved.size == (tmp_path / "m.pkl").stat().st_size
    assert load_pickle(tmp_path / "m.pkl", saved.mac) == {"a": [1, 2, 3]}
    assert os.listdir(tmp_path) == ["m.pkl"]


def test_the_bytes_are_those_of_pickle(tmp_path: Path) -> None:
    thing = [bytes(200_000), "text", 1.5, list(range(50_000))]
    save_pickle(thing, tmp_path / "m.pkl")
    assert (tmp_path / "m.pkl").read_bytes() == pickle.dumps(thing, protocol=5)


def test_an_estimator_is_not_altered_and_predicts_the_same(tmp_path: Path) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    ensemble = pytest.importorskip("sklearn.ensemble")
    X, y = datasets.load_iris(return_X_y=True)
    forest = ensemble.RandomForestClassifier(10, random_state=0).fit(X, y)
    before, attributes = pickle.dumps(forest), copy.copy(vars(forest))
    saved = save_pickle(forest, tmp_path / "m.pkl")
    assert pickle.dumps(forest) == before
    assert vars(forest) == attributes
    assert all(vars(forest)[name] is value for name, value in attributes.items())
    loaded = load_pickle(tmp_path / "m.pkl", saved.mac)
    assert (loaded.predict_proba(X) == forest.predict_proba(X)).all()


def test_a_changed_byte_is_refused_before_anything_runs(tmp_path: Path) -> None:
    saved = save_pickle([1, 2, 3], tmp_path / "m.pkl")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Opens(str(tmp_path / "owned"))))
    with pytest.raises(UntrustedModel, match="bytes have changed since"):
        load_pickle(tmp_path / "m.pkl", saved.mac)
    assert not (tmp_path / "owned").exists()


def test_another_users_model_is_refused_with_its_origin_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save_pickle([1], tmp_path / "m.pkl")
    monkeypatch.setenv("FITSCRIBE_KEY", "another key, of somebody else")
    with pytest.raises(UntrustedModel, match=r"not written with your key.*from ann on gpu3.*trust=True"):
        load_pickle(tmp_path / "m.pkl", saved.mac, origin="ann on gpu3")
    assert load_pickle(tmp_path / "m.pkl", saved.mac, trust=True) == [1]
    assert issubclass(UntrustedModel, PermissionError)


@pytest.mark.parametrize(
    ("mac", "reason"),
    [
        (None, "not signed"),
        ("", "not signed"),
        ("md5:x:y", "does not know"),
        ("hmac-sha256", "does not know"),
    ],
)
def test_no_signature_is_no_trust(tmp_path: Path, mac: str | None, reason: str) -> None:
    save_pickle([1], tmp_path / "m.pkl")
    with pytest.raises(UntrustedModel, match=reason):
        load_pickle(tmp_path / "m.pkl", mac)


def test_the_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ModelTooLarge, match=r"1\.0 MB"):
        save_pickle(
            [bytes(400_000) + bytes([i]) for i in range(9)], tmp_path / "m.pkl", limit_bytes=1_000_000
        )
    with pytest.raises(ModelTooLarge):
        save_pickle(SwallowsEverything(), tmp_path / "m.pkl", limit_bytes=1_000_000)
    assert os.listdir(tmp_path) == []
    size = save_pickle(b"x" * 100, tmp_path / "m.pkl").size
    save_pickle(b"x" * 100, tmp_path / "m.pkl", limit_bytes=size)
    with pytest.raises(ModelTooLarge):
        save_pickle(b"x" * 100, tmp_path / "m.pkl", limit_bytes=size - 1)
    assert load_pickle(tmp_path / "m.pkl", None, trust=True) == b"x" * 100


def test_what_does_not_pickle_says_why(tmp_path: Path) -> None:
    class Local:
        pass

    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    for thing, reason in (
        (lambda: 0, "top level"),
        (Local(), "top level"),
        (threading.Lock(), "lock"),
        (RaisesItsOwn(), "the user's own reason"),
        (deep, "nested too deeply"),
    ):
        with pytest.raises(ModelNotSavable, match=reason):
            save_pickle(thing, tmp_path / "m.pkl")
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_written_raises_its_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_pickle([1], tmp_path / "missing" / "m.pkl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_oserror_and_not_a_fault_of_the_model(tmp_path: Path) -> None:
    from fitscribe.models.key import own_key
    from fitscribe.models.signing import SigningWriter, _dump

    def dump(writer: SigningWriter) -> None:
        pickle.Pickler(writer).dump([1])

    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(OSError, match="No space") as caught:
        _dump(SigningWriter(full, own_key(), None), dump, ModelNotSavable)
    assert not isinstance(caught.value, ModelNotSavable)


def test_a_class_of_the_script_that_is_not_here_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = sys.modules["__main__"]
    cls = type("MyOwnModel", (), {"__module__": "__main__"})
    monkeypatch.setattr(main, "MyOwnModel", cls, raising=False)
    saved = save_pickle(cls(), tmp_path / "m.pkl")
    assert type(load_pickle(tmp_path / "m.pkl", saved.mac)) is cls
    monkeypatch.delattr(main, "MyOwnModel")
    with pytest.raises(ModelNotLoadable, match=r"'MyOwnModel'.*__main__"):
        load_pickle(tmp_path / "m.pkl", saved.mac)


def test_a_missing_module_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("training_code")
    cls = type("Net", (), {"__module__": "training_code"})
    module.Net = cls  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "training_code", module)
    saved = save_pickle(cls(), tmp_path / "m.pkl")
    del module.Net  # type: ignore[attr-defined]
    with pytest.raises(ModelNotLoadable, match=r"training_code\.Net.*does not have"):
        load_pickle(tmp_path / "m.pkl", saved.mac)
    monkeypatch.delitem(sys.modules, "training_code")
    with pytest.raises(ModelNotLoadable, match="'training_code' cannot be imported"):
        load_pickle(tmp_path / "m.pkl", saved.mac)


def test_what_is_no_pickle_says_so(tmp_path: Path) -> None:
    (tmp_path / "m.pkl").write_bytes(b"")
    with pytest.raises(ModelNotLoadable, match="no complete pickle"):
        load_pickle(tmp_path / "m.pkl", None, trust=True)


def test_two_writers_of_one_name_leave_a_whole_file(tmp_path: Path) -> None:
    things = [[i] * 200_000 for i in range(4)]
    threads = [threading.Thread(target=save_pickle, args=(thing, tmp_path / "m.pkl")) for thing in things]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load_pickle(tmp_path / "m.pkl", None, trust=True) in things
    assert os.listdir(tmp_path) == ["m.pkl"]


def test_everything_public_is_there() -> None:
    assert sorted(models.__all__) == models.__all__
    assert all(hasattr(models, name) for name in models.__all__)


def test_a_signature_is_the_same_in_every_process(tmp_path: Path) -> None:
    saved = save_pickle([1, 2], tmp_path / "m.pkl")
    code = (
        "import sys; from fitscribe.models import load_pickle; "
        "assert load_pickle(sys.argv[1], sys.argv[2]) == [1, 2]"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.pkl"), saved.mac], check=True)
    assert hashlib.sha256(b"0" * 64).hexdigest() not in saved.mac
