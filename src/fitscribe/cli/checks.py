"""What ``fitscribe doctor`` looks at beside the frameworks: store, cache, key, options, tools."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fitscribe.cli.text import plural

if TYPE_CHECKING:
    from fitscribe.store import Store


class Check(NamedTuple):
    """One thing that was looked at.

    Attributes:
        topic: what it belongs to.
        text: what was found.
        problem: whether that is worth fixing.
        remedy: how; for a problem only.
    """

    topic: str
    text: str
    problem: bool = False
    remedy: str = ""


def check_all(store: Store) -> list[Check]:
    """Look at everything; nothing is created or changed."""
    return [*_store(store), *_cache(), *_key(), *_options(), *_integrations(), *_tools()]


def _store(store: Store) -> Iterator[Check]:
    topic = "Store"
    if not os.path.lexists(store.root):
        yield Check(topic, f"{store.root}: comes into being with the first run")
        yield from _writable(
            topic, store.root, "runs cannot be recorded", "set FITSCRIBE_STORE to a folder of yours"
        )
        return
    trashed = len(store.trashed_ids())
    trash = f", {trashed} in the trash" if trashed else ""
    yield Check(topic, f"{store.root}: {plural(len(store.run_ids()), 'run')}{trash}")
    for finding in store.health():
        where = "" if finding.where == "." else f"{finding.where}: "
        yield Check(topic, f"{where}{finding.problem}", True, finding.remedy)


def _cache() -> Iterator[Check]:
    from fitscribe.reading.index import cache_folder

    folder = cache_folder()
    yield Check("Cache", f"{folder}: what is listed is kept there, made anew where it is missing")
    yield from _writable("Cache", folder, "lists are slow", "make it writable, or set FITSCRIBE_CACHE")


def _key() -> Iterator[Check]:
    from fitscribe.models.key import VARIABLE, key_file, own_key

    topic = "Key that models are signed with"
    path = key_file()
    if os.environ.get(VARIABLE, "").strip():
        place = f"from {VARIABLE}"
    elif os.path.lexists(path):
        place = str(path)
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Check(topic, f"{path} is readable for others", True, f"chmod 600 {path}")
    else:
        yield Check(topic, f"{path}: made with the first model that is saved")
        yield from _writable(
            topic, path.parent, "models cannot be saved", f"make it writable, or set {VARIABLE}"
        )
        return
    try:
        yield Check(topic, f"{place}, known as {own_key().id}")
    except OSError as error:
        yield Check(
            topic, str(error.strerror or error), True, f"mend {path}, or set {VARIABLE} to a long secret"
        )


def _options() -> Iterator[Check]:
    from fitscribe.tracking import options_for
    from fitscribe.tracking.options import Options, unread

    try:
        options = options_for()
    except ValueError as error:
        yield Check(
            "Options", str(error), True, "correct it there; until then scripts stop at fitscribe.autolog()"
        )
        return
    if unread():
        yield Check("Options", unread(), True, "mend the file; until then its options are not used")
        return
    defaults = Options()
    changed = [
        f"{name}={value}" for name, value in options._asdict().items() if value != getattr(defaults, name)
    ]
    yield Check("Options", ", ".join(changed) or "the defaults")


def _integrations() -> Iterator[Check]:
    from fitscribe.engine.activation import passed_over

    for entry, taken in passed_over():
        other, first = (each.dist.name if each.dist else each.value for each in (entry, taken))
        text = f"{other} declares an integration of {entry.name}, which {first} has: it is not used"
        yield Check("Integrations", text, True, f"uninstall {other}, or ask its makers to name it otherwise")


def _tools() -> Iterator[Check]:
    import shutil
    from importlib.util import find_spec

    import fitscribe

    topic = "Environment"
    yield Check(topic, f"fitscribe {fitscribe.__version__}, Python {sys.version.split()[0]} in {sys.prefix}")
    if shutil.which("git") is None:
        remedy = "install git, so that runs name the commit of their code"
        yield Check(topic, "git is not installed: runs do not know their commit", True, remedy)
    if find_spec("numpy") is None:
        yield Check(topic, "NumPy is not installed: nothing is evaluated, series are read as lists")
    if shutil.which("nvidia-smi") is not None and find_spec("pynvml") is None:
        remedy = "pip install nvidia-ml-py"
        yield Check(topic, "there is a GPU, and its load is not recorded", True, remedy)


def _writable(topic: str, folder: Path, otherwise: str, remedy: str) -> Iterator[Check]:
    """A check that fails where a folder cannot be written, or not be made in the nearest one that exists."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    if not os.access(nearest, os.W_OK | os.X_OK) or not nearest.is_dir():
        yield Check(topic, f"{nearest} cannot be written: {otherwise}", True, remedy)
