"""The user's key: made once, for this user's eyes only."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fitscribe.models import KeyUnavailable, load_pickle, save_pickle
from fitscribe.models.key import key_file, own_key

posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@pytest.fixture
def no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FITSCRIBE_KEY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@posix
def test_the_first_use_makes_a_key_that_nobody_else_can_read(no_key: Path) -> None:
    before = os.umask(0)
    try:
        key = own_key()
    finally:
        os.umask(before)
    path = key_file()
    assert path.is_relative_to(no_key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(key.secret) == 64
    assert os.listdir(path.parent) == ["key"]


@posix
def test_a_key_that_others_could_read_is_closed_again(no_key: Path) -> None:
    path = key_file()
    path.parent.mkdir(parents=True)
    path.write_text("k" * 64)
    path.chmod(0o644)
    assert own_key().secret == b"k" * 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_one_key(no_key: Path) -> None:
    code = "from fitscribe.models.key import own_key; print(own_key().id)"

    def one(_: int) -> str:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(one, range(6)))
    assert ids == {own_key().id}
    assert os.listdir(key_file().parent) == ["key"]


def test_the_environment_overrides_the_file(no_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from_file = own_key()
    monkeypatch.setenv("FITSCRIBE_KEY", "a secret of the team")
    assert own_key().secret == b"a secret of the team"
    monkeypatch.delenv("FITSCRIBE_KEY")
    assert own_key() == from_file


def test_a_short_key_is_refused(no_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FITSCRIBE_KEY", "short")
    with pytest.raises(KeyUnavailable, match="shorter than 16"):
        own_key()


def test_a_folder_that_cannot_hold_the_key_is_said_plainly(
    no_key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_key.write_text("a file where the folder should be")
    with pytest.raises(KeyUnavailable, match="FITSCRIBE_KEY"):
        save_pickle([1], tmp_path / "m.pkl")
    assert not (tmp_path / "m.pkl").exists()
    assert issubclass(KeyUnavailable, OSError)


def test_an_empty_key_file_is_said_plainly(no_key: Path) -> None:
    key_file().parent.mkdir(parents=True)
    key_file().write_text("\n")
    with pytest.raises(KeyUnavailable, match="holds no key"):
        own_key()


def test_without_hard_links_the_key_still_appears(no_key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no hard links here")

    monkeypatch.setattr(os, "link", refuse)
    key = own_key()
    assert key_file().read_text().strip().encode() == key.secret
    assert os.listdir(key_file().parent) == ["key"]


def test_a_model_signed_with_the_file_loads_without_words(no_key: Path, tmp_path: Path) -> None:
    saved = save_pickle([1], tmp_path / "m.pkl")
    assert load_pickle(tmp_path / "m.pkl", saved.mac) == [1]
