"""Logging of files, figures, tables, texts and datasets: what a run keeps beside its numbers."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import shutil
import stat
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from fitscribe.engine import report
from fitscribe.store import values
from fitscribe.tracking.arguments import need_name
from fitscribe.tracking.tables import columns_and_rows

if TYPE_CHECKING:
    from fitscribe.store import ChildWriter, RunWriter

# How many of what is left out of a folder are named.
_OTHERS = 10
_SPECIALS = (
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
)


class ArtifactLog:
    """The artifact half of an active run."""

    _writer: RunWriter | ChildWriter

    def _record(self, event: str, /, **fields: Any) -> None:
        raise TypeError("an ArtifactLog is a part of a run")

    def _store_failed(self, error: Exception) -> None:
        raise TypeError("an ArtifactLog is a part of a run")

    def note_unseen(self, what: str, why: str) -> None:
        """Say on the run what was not recorded, and why."""
        raise TypeError("an ArtifactLog is a part of a run")

    def section(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Guard one part of what is recorded: its failure is reported and noted, the rest goes on."""
        raise TypeError("an ArtifactLog is a part of a run")

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Copy a file, or a folder with all it holds, into the run.

        Args:
            path: what to copy.
            name: its name in the run; its own by default.

        Raises:
            FileNotFoundError: there is nothing at the path.
            TypeError: the name is no text, or the path is none.
            ValueError: what is at the path is a device, a pipe or a socket, which need not end.
        """
        if not isinstance(path, str | os.PathLike):
            raise TypeError(f"log_artifact takes the path of a file or a folder, not {path!r}")
        origin = Path(path)
        if not origin.exists():
            raise FileNotFoundError(f"log_artifact: there is no file or folder {os.fspath(path)!r}")
        if special := _special(origin):
            raise ValueError(f"log_artifact takes a file or a folder, not {special}: {os.fspath(path)!r}")
        # Its own name, and not that of what it links to: many links of a cache lead to files of one name.
        name = name or os.path.basename(os.path.abspath(origin))
        need_name(name, "artifact")
        if origin.is_dir():
            self._keep_folder(name, origin)
        else:
            self._keep(name, "file", lambda draft: shutil.copyfile(origin, draft))

    def log_text(self, text: str, name: str) -> None:
        """Keep a text as a file; a name without an ending gets ``.txt``.

        Args:
            text: the text, or anything that has one, such as a report.
            name: its name in the run.

        Raises:
            TypeError: it is None, or the name is no text.
        """
        if text is None:
            raise TypeError("log_text takes a text, not None")
        self._write(name, ".txt", "text", str(text).encode("utf-8", "backslashreplace"))

    def log_dict(self, data: Mapping[str, Any] | Sequence[Any], name: str) -> None:
        """Keep a dict or list as JSON; a name without an ending gets ``.json``."""
        document = json.dumps(values.encode(data), ensure_ascii=False, indent=1)
        self._write(name, ".json", "dict", document.encode("utf-8", "backslashreplace"))

    def log_record(self, name: str, kind: str, data: Mapping[str, Any]) -> None:
        """Keep a matrix, curve or table of importances as data, to be drawn when someone looks.

        It lies in the run's log and not in a file of its own, which would take ten times as long to make.

        Args:
            name: role and kind, such as ``test/confusion_matrix``.
            kind: what it is, such as ``confusion_matrix``.
            data: plain values, some thousands at most.
        """
        self._record("artifact", name=name, kind=kind, data=dict(data))

    def log_figure(self, figure: Any, name: str) -> None:
        """Keep a matplotlib figure; a name that ends in no format of matplotlib's gets ``.png``.

        Raises:
            TypeError: the object has no ``savefig``.
        """
        if not hasattr(figure, "savefig"):
            raise TypeError(f"log_figure takes a matplotlib figure, not {type(figure).__name__}")
        name = _with_ending(name, ".png")
        backends = sys.modules.get("matplotlib.backend_bases")
        ending = PurePosixPath(name).suffix[1:].lower()
        if backends is not None and ending not in backends.FigureCanvasBase.get_supported_filetypes():
            name, ending = f"{name}.png", "png"
        self._keep(name, "figure", lambda draft: figure.savefig(draft, format=ending))

    def log_table(self, table: Any, name: str) -> None:
        """Keep a table as CSV; a name without an ending gets ``.csv``.

        Args:
            table: a data frame of any library that narwhals knows, a dict of columns, or a list of dicts.
            name: its name in the run.

        Raises:
            TypeError: the object is no table.
        """
        name = _with_ending(name, ".csv")
        try:
            columns, rows = columns_and_rows(table)
        except TypeError:
            raise
        except Exception as error:  # a lazy frame that cannot be computed
            self._artifact_failed(f"artifact {name}", error)
            return

        def write(draft: Path) -> None:
            with draft.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(rows)

        self._keep(name, "table", write)

    def log_dataset(
        self, data: Any, name: str | None = None, role: str = "train", target: Any = None
    ) -> dict[str, Any]:
        """Describe a dataset: its schema, size and fingerprint, never the data itself.

        Args:
            data: an array, a data frame, a sparse matrix, a list.
            name: what it is called.
            role: ``train``, ``valid``, ``test`` or a name of your own.
            target: its labels, if they are apart.

        Returns:
            The description that was recorded.
        """
        from fitscribe import capture

        if name is not None:
            need_name(name, "dataset")
        need_name(role, "role")
        description: dict[str, Any] = {"container": capture.type_name(data)}
        with self.section("dataset"):
            description = capture.describe_data(data, name=name)
            if target is not None:
                description["target"] = capture.describe_target(target)
        self.log_description(description, role=role)
        return description

    def log_description(self, description: Mapping[str, Any], role: str) -> None:
        """Record the description of a dataset that an integration made: of a container that only it can read.

        Args:
            description: what :func:`fitscribe.capture.describe_data` gives of data that it knows:
                ``container``, ``rows``, ``columns`` and the like.
            role: as for :meth:`log_dataset`.
        """
        self._record("dataset", role=role, description=dict(description))

    def _write(self, name: str, ending: str, kind: str, content: bytes) -> None:
        self._keep(_with_ending(name, ending), kind, lambda draft: draft.write_bytes(content))

    def _keep(self, name: str, kind: str, write: Callable[[Path], object]) -> None:
        """Write a file beside its place and move it there: whole, or not at all.

        What goes wrong is noted on the run, whatever it is: a figure that cannot be drawn or a frame that
        cannot be read out must not end a training.
        """
        target = self._target(name)
        if target is None:
            return
        draft = target.with_name(f".{os.getpid()}-{threading.get_ident()}")
        try:
            write(draft)
            size = draft.stat().st_size
            os.replace(draft, target)
        except Exception as error:
            self._artifact_failed(f"artifact {name}", error)
        else:
            self._artifact_logged(name, target, kind, size)
        finally:
            with contextlib.suppress(OSError):  # what went wrong before it has been said
                draft.unlink(missing_ok=True)

    def _keep_folder(self, name: str, origin: Path) -> None:
        target = self._target(name)
        if target is None:
            return
        others: list[str] = []
        try:
            shutil.copytree(
                origin,
                target,
                dirs_exist_ok=True,
                ignore=_endless(self._writer.folder, target, others),
            )
        except OSError as error:
            # Everything else has been copied.
            self._artifact_failed(f"a part of artifact {name}", error)
        if others:
            shown = ", ".join(others[:_OTHERS])
            why = f"no files, or links that lead nowhere or to a folder that they are in: {shown}"
            self.note_unseen(f"a part of artifact {name}", why)
        if target.is_dir():
            size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
            self._artifact_logged(name, target, "folder", size)

    def _target(self, name: str, what: str = "") -> Path | None:
        """The path of an artifact; None where the store does not take it, which is noted."""
        try:
            return self._writer.artifact(name)
        except ValueError:
            raise  # of the script's: the name leads out of the run
        except Exception as error:
            self._artifact_failed(what or f"artifact {name}", error)
            return None

    def _artifact_logged(self, name: str, target: Path, kind: str, size: int) -> None:
        self._record("artifact", name=name, path=self._relative(target), kind=kind, size=size)

    def _artifact_failed(self, what: str, error: Exception) -> None:
        if isinstance(error, OSError):
            self._store_failed(error)
        else:
            report(what, error)
        self.note_unseen(what, f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}")

    def _relative(self, target: Path) -> str:
        return target.relative_to(self._writer.folder).as_posix()


def _endless(run_folder: Path, target: Path, others: list[str]) -> Callable[[str, list[str]], list[str]]:
    """What a copy of a folder leaves out: the store, which it would grow into, links to nothing or above, and
    devices, pipes and sockets.

    Where the folder is the store, or lies in it, only the run itself and the copy are left out.

    Args:
        run_folder: of the run.
        target: what is copied to.
        others: gets the names of the links, and of devices and the like, that are left out.
    """
    growing = {os.path.realpath(each) for each in (run_folder.parent.parent, run_folder, target)}

    def left_out(folder: str, names: list[str]) -> list[str]:
        here = os.path.realpath(folder) + os.sep
        paths = {name: os.path.join(folder, name) for name in names}
        own = [name for name, path in paths.items() if os.path.realpath(path) in growing]
        lost = [name for name, path in paths.items() if name not in own and _leads_nowhere(path, here)]
        special = {name: kind for name, path in paths.items() if (kind := _special(path))}
        others.extend([*lost, *(f"{name} ({kind})" for name, kind in special.items())])
        return [*own, *lost, *special]

    return left_out


def _special(path: str | Path) -> str:
    """What is at a path that is neither a file nor a folder; empty where it is one of these, or nothing."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return ""
    return next((kind for is_one, kind in _SPECIALS if is_one(mode)), "")


def _leads_nowhere(path: str, here: str) -> bool:
    if not os.path.islink(path):
        return False
    return not os.path.exists(path) or here.startswith(os.path.realpath(path) + os.sep)


def _with_ending(name: str, ending: str) -> str:
    need_name(name, "artifact")
    own = PurePosixPath(name).suffix[1:]
    return name if own and not own.isdecimal() else name + ending  # of "lr=0.1" the 1 is none
