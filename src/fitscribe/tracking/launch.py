"""The launch: one execution of a script or a notebook kernel, shared by the runs of it."""

from __future__ import annotations

import atexit
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fitscribe.engine import guarded, report
from fitscribe.engine.locking import before_forks
from fitscribe.reading.launches import FACTS
from fitscribe.store import Store, is_valid_id, new_id
from fitscribe.store.identity import host_name
from fitscribe.store.layout import LAUNCHES

_LAUNCH_VARIABLE = "FITSCRIBE_LAUNCH"
_EXIT_PATIENCE_S = 5.0
_FIRST = "launch.json"

_lock = threading.Lock()
_launches: dict[Path, str] = {}
_failed: dict[Path, tuple[str, float]] = {}
"""By the root of the store: why its launch is not there, and when that began."""
_written: dict[Path, dict[str, str]] = {}
"""By the root of the store what this process has written there, by the names of files; nothing where another
process of the launch was first. The script may be another one by the time that somebody deletes them."""
_recorder: threading.Thread | None = None
_imported_in = os.getpid()


def launch_id(store: Store) -> str:
    """The id of this process' launch in a store; its facts are written once, off the calling thread.

    A run that begins when they have been deleted has them written again.

    Under ``fitscribe run`` the id comes with the environment, so that child processes belong to the same
    launch.
    """
    global _recorder
    with _lock:
        known = _launches.get(store.root)
        if known is not None and store.root not in _failed and not _is_deleted(store, known):
            return known
        given = _given()[0]
        identifier = _launches[store.root] = known or (given if is_valid_id(given) else new_id())
        _, began = _failed.pop(store.root, ("", time.time()))
        # The list of what is imported is of now: by the time the thread looks, fitscribe has imported more.
        arguments = (store, identifier, began, known is not None, tuple(sys.modules))
        try:
            _recorder = threading.Thread(target=_record, args=arguments, name="fitscribe-launch", daemon=True)
            _recorder.start()
        except RuntimeError:  # no new threads: the interpreter is shutting down, or the system has no more
            _recorder = None
            _record(*arguments)
        return identifier


def _is_deleted(store: Store, identifier: str) -> bool:
    if store.root not in _written or (_recorder is not None and _recorder.is_alive()):
        return False
    # Asked for each run: a path of texts is put together in a fraction of the time.
    return not os.path.exists(f"{store.root}/{LAUNCHES}/{identifier}/{_FIRST}")


def is_child_process() -> bool:
    """Tell whether another process of the launch started this one: it is that one that talks to the user."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        return True
    first = _given()[1]
    return os.getpid() != (int(first) if first.isdecimal() else _imported_in)


def _given() -> tuple[str, str]:
    """The id of the launch and the pid of its first process, as ``fitscribe run`` hands them on."""
    identifier, _, first = os.environ.get(_LAUNCH_VARIABLE, "").partition(".")
    return identifier, first


def not_written(store: Store) -> list[tuple[str, str]]:
    """What is lacking of this process' launch, and why, as a run says it: the next run tries it again.

    Args:
        store: the store of the run.
    """
    failed = _failed.get(store.root)
    return [] if failed is None else [(FACTS, failed[0])]


def _record(store: Store, identifier: str, started: float, again: bool, imported: tuple[str, ...]) -> None:
    with guarded("launch"):
        try:
            _record_facts(store, identifier, started, again, imported)
        except OSError as error:
            _failed[store.root] = f"the store could not be written: {error.strerror or error}", started
            report("store", error)  # as its runs say it, so that one broken store is one line


def _record_facts(
    store: Store, identifier: str, started: float, again: bool, imported: tuple[str, ...]
) -> None:
    folder = store.launch_folder(identifier)
    if not again and (folder / _FIRST).exists():
        _written[store.root] = {}
        return
    # A store that takes nothing is known before what takes a while.
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _written.get(store.root, {}).items():
        _write_once(folder / name, text)
    if not _written.get(store.root):
        _written[store.root] = _captured(folder, identifier, started, imported)


def _captured(folder: Path, identifier: str, started: float, imported: tuple[str, ...]) -> dict[str, str]:
    """Find out the facts and write each as soon as it is known; returns the texts by the names of files."""
    texts: dict[str, str] = {}

    def keep(name: str, text: str) -> None:
        _write_once(folder / name, text)
        texts[name] = text

    launch: dict[str, Any] = {"id": identifier, "started": started, "host": host_name(), "pid": os.getpid()}
    apart: dict[str, Any] = {}
    with before_forks():
        from fitscribe import capture

        _add(launch, "source", capture.source)
        _add(launch, "variables", capture.allowed_environment)
        keep(_FIRST, _json(launch))
        _add(apart, "environment", lambda: capture.environment(imported))
    if "environment" in apart:
        keep("environment.json", _json(apart["environment"]))
    if "source" in launch:
        _add(apart, "diff", lambda: capture.diff(launch["source"]))
        _add(apart, "script", lambda: capture.script_text(launch["source"]))
        for part, name in (("diff", "source.diff"), ("script", "script.txt")):
            if apart.get(part):
                keep(name, apart[part])
    return texts


def _add(launch: dict[str, Any], name: str, capture: Callable[[], object]) -> None:
    """Add one part; the others are kept where it fails."""
    with guarded(f"launch {name}"):
        launch[name] = capture()


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str)


def _write_once(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
        try:
            os.link(temporary, path)
        except FileExistsError:
            return  # another process of the launch was first
        except OSError:
            os.replace(temporary, path)  # a file system without hard links: the last writer wins
    finally:
        temporary.unlink(missing_ok=True)


def _finish() -> None:
    recorder = _recorder
    if recorder is not None and recorder.is_alive():
        recorder.join(_EXIT_PATIENCE_S)


def _forget_in_child() -> None:
    global _lock, _recorder
    _lock = threading.Lock()
    _recorder = None


atexit.register(_finish)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_forget_in_child)
