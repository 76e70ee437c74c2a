"""The index: what searches need of every run of a store, in SQLite in the user's cache folder.

Readers own it. It can be deleted at any time, and is made anew from the runs' files wherever it is missing,
damaged or of another version. Where it cannot be kept, each process has one in memory.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from fitscribe.reading import index_tables
from fitscribe.reading.look import look_at, stamp_of
from fitscribe.store import Store, is_valid_id

if TYPE_CHECKING:
    from sqlite3 import Connection

Answer = TypeVar("Answer")

# Writing takes a second at most; who has to wait longer waits for a process that is stopped.
_PATIENCE_S = 5.0
_BATCH = 1000

_in_memory: dict[tuple[int, Path], _Memory] = {}
_in_memory_lock = threading.Lock()
# Somebody who looks again and again sees what is being written, and new runs. What is added to one of those
# that are over, by a script that tags it, is seen so many times less often: there may be thousands of them.
_SELDOM = 8
# File systems with a coarse clock may change a folder twice at the same time.
_TICK_NS = 2_500_000_000


class _Memory(NamedTuple):
    connection: Connection
    lock: threading.Lock


class _Seen(NamedTuple):
    """What this process has seen of a store last.

    Attributes:
        at: when it looked at what is being written, by a clock that only goes on.
        all_at: when it looked at every run.
        stamp: of the folder of runs then; 0 where it may have changed since without another one.
    """

    at: float
    all_at: float
    stamp: int


_seen: dict[Path, _Seen] = {}


def cache_folder() -> Path:
    """Return the folder of the indexes: ``FITSCRIBE_CACHE``, else one in the user's cache folder."""
    chosen = os.environ.get("FITSCRIBE_CACHE")
    if chosen:
        return Path(os.path.abspath(os.path.expanduser(chosen)))
    import platformdirs

    return Path(platformdirs.user_cache_dir("fitscribe", appauthor=False))


def index_file(store: Store) -> Path:
    """Return where the index of a store is, or would be."""
    root = os.path.realpath(store.root)
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:20]
    return cache_folder() / f"index-{digest}.sqlite"


def ask(store: Store, question: Callable[[Connection], Answer], *, age: float = 0.0) -> Answer:
    """Ask the index of a store, as its run folders are now.

    Args:
        store: the store.
        question: gets the connection, inside of a transaction in which nothing else can change the index.
        age: how old, in seconds, what this process has seen of the folders may be: they are not looked at
            again before. Additions to runs that are over may be eight times as old.

    Returns:
        What the question returned.
    """
    import sqlite3

    path = index_file(store)
    for may_mend in (True, False):
        try:
            with closing(_connect(path)) as connection, _current(connection, store, age):
                return question(connection)
        except (sqlite3.Error, OSError) as error:
            if not (may_mend and _is_damage(error) and _discard(path)):
                break
    memory = _memory(store)
    with memory.lock, _current(memory.connection, store, age):
        return question(memory.connection)


def has_the_same_runs(store: Store) -> bool:
    """Tell whether no run has come or gone since this process looked last; False where that cannot be told.

    Args:
        store: the store.
    """
    seen = _seen.get(store.root)
    return seen is not None and seen.stamp != 0 and seen.stamp == stamp_of(store.root / "runs")


def look_again(store: Store) -> None:
    """Take note that this process has added a run: what it has seen of the store is no longer all there is.

    Args:
        store: the store.
    """
    _seen.pop(store.root, None)


def _connect(path: Path) -> Connection:
    import sqlite3

    os.makedirs(path.parent, mode=0o700, exist_ok=True)
    # The default journal and no WAL: home folders, and with them cache folders, lie on network file systems,
    # where the shared memory of WAL does not work.
    connection = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            index_tables.create_tables(connection)
        elif version != index_tables.FORMAT:
            raise sqlite3.DatabaseError(f"an index of version {version}")
    except BaseException:
        connection.close()
        raise
    return connection


def _is_damage(error: Exception) -> bool:
    """Tell whether a new file would help: not where it is locked, or where the folder takes none."""
    text = str(error)
    return not isinstance(error, OSError) and not any(
        each in text for each in ("locked", "busy", "unable to open", "readonly", "full")
    )


def _discard(path: Path) -> bool:
    try:
        for each in (path, path.with_name(path.name + "-journal")):
            each.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _memory(store: Store) -> _Memory:
    import sqlite3

    # By process, since a fork may have copied a lock that somebody held.
    place = (os.getpid(), store.root)
    with _in_memory_lock:
        found = _in_memory.get(place)
        if found is None:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            index_tables.create_tables(connection)
            found = _in_memory[place] = _Memory(connection, threading.Lock())
        return found


@contextmanager
def _current(connection: Connection, store: Store, age: float) -> Iterator[None]:
    """Bring the index up to date, and keep it so inside of the block."""
    try:
        connection.execute("BEGIN")
        _bring_up_to_date(connection, store, age)
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _bring_up_to_date(connection: Connection, store: Store, age: float) -> None:
    """Look again at what was seen longer than `age` ago, inside of a transaction; leaves one open."""
    now = time.monotonic()
    # An index that has just been made anew holds nothing yet.
    (is_filled,) = connection.execute("SELECT last != 0 FROM changes").fetchone()
    seen = _seen.get(store.root) if age and is_filled else None
    if seen is not None and now - seen.at < age:
        return
    began, stamp = time.time_ns(), stamp_of(store.root / "runs")
    if seen is not None and seen.stamp and seen.stamp == stamp and now - seen.all_at < _SELDOM * age:
        rows = connection.execute("SELECT id FROM runs WHERE stamp = 0 AND holder IS NULL").fetchall()
        _look(connection, store, [run_id for (run_id,) in rows], set())
        _seen[store.root] = seen._replace(at=now)
        return
    known: dict[str, int] = dict(connection.execute("SELECT id, stamp FROM runs WHERE holder IS NULL"))
    there = _stamps(store, known)
    stale = [run_id for run_id, each in there.items() if not each or known.get(run_id) != each]
    _look(connection, store, stale, known.keys() - there.keys())
    _seen[store.root] = _Seen(now, now, stamp if stamp < began - _TICK_NS else 0)


def _look(connection: Connection, store: Store, run_ids: Iterable[str], gone: set[str]) -> None:
    """Read runs anew, inside of a transaction; leaves one open."""
    stale = iter(run_ids)
    # Runs are read before the index is locked, and in batches: others wait for a part of it at most.
    while (batch := list(islice(stale, _BATCH))) or gone:
        connection.execute("COMMIT")
        looks = {run_id: look_at(store.run_folder(run_id)) for run_id in batch}
        connection.execute("BEGIN IMMEDIATE")
        index_tables.write_looks(connection, looks, gone)
        gone = set()


def _stamps(store: Store, known: dict[str, int]) -> dict[str, int]:
    """The time of the last change of each run's folder, in nanoseconds."""
    found = {}
    try:
        with os.scandir(store.root / "runs") as entries:
            for entry in entries:
                name = entry.name
                if (name in known or is_valid_id(name)) and entry.is_dir(follow_symlinks=False):
                    found[name] = entry.stat(follow_symlinks=False).st_mtime_ns
    except (FileNotFoundError, NotADirectoryError):
        return found
    return found
