"""The launch: one execution of a script or a notebook kernel, shared by the runs of it."""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

from fitscribe.engine import guarded
from fitscribe.store import Store, new_id

_LAUNCH_VARIABLE = "FITSCRIBE_LAUNCH"
_EXIT_PATIENCE_S = 5.0

_lock = threading.Lock()
_launches: dict[Path, str] = {}
_recorder: threading.Thread | None = None


def launch_id(store: Store) -> str:
    """The id of this process' launch in a store; its facts are written once, off the calling thread.

    Under ``fitscribe run`` the id comes with the environment, so that child processes belong to the same launch.
    """
    global _recorder
    with _lock:
        known = _launches.get(store.root)
        if known is not None:
            return known
        identifier = os.environ.get(_LAUNCH_VARIABLE) or new_id()
        _launches[store.root] = identifier
        started = time.time()
        _recorder = threading.Thread(
            target=_record, args=(store, identifier, started), name="fitscribe-launch", daemon=True
        )
        _recorder.start()
        return identifier


def _record(store: Store, identifier: str, started: float) -> None:
    with guarded("launch"):
        folder = store.launch_folder(identifier)
        if (folder / "launch.json").exists():
            return
        from fitscribe import capture

        source = capture.source()
        _write_once(
            folder / "launch.json",
            {
                "id": identifier,
                "started": started,
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "source": source,
                "variables": capture.allowed_environment(),
            },
        )
        diff = capture.diff()
        if diff:
            _write_text_once(folder / "source.diff", diff)
        _write_once(folder / "environment.json", capture.environment())


def _write_once(path: Path, document: object) -> None:
    _write_text_once(path, json.dumps(document, ensure_ascii=False, indent=1, default=str))


def _write_text_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    try:
        os.link(temporary, path)  # fails where another process of the launch was first
    except FileExistsError:
        return
    except OSError:
        os.replace(temporary, path)  # a file system without hard links: the last writer wins
        return
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
