"""Logging of files, figures, tables, texts, models and datasets: what a run keeps beside its numbers."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.engine import report
from fitscribe.store import values

if TYPE_CHECKING:
    from fitscribe.store import RunWriter

MODEL_LIMIT_BYTES = 1 << 30
LAUNCH_MODELS_LIMIT_BYTES = 4 << 30

_models_saved = 0


class ArtifactLog:
    """The artifact half of an active run."""

    _writer: RunWriter

    def _record(self, event: str, /, **fields: Any) -> None:
        raise TypeError("an ArtifactLog is a part of a run")

    def note_unseen(self, what: str, why: str) -> None:
        """Say on the run what was not recorded, and why."""
        raise TypeError("an ArtifactLog is a part of a run")

    def log_artifact(self, path: str | os.PathLike[str], name: str | None = None) -> None:
        """Copy a file, or a folder with all it holds, into the run.

        Args:
            path: what to copy.
            name: its name in the run; its own by default.

        Raises:
            FileNotFoundError: there is nothing at the path.
        """
        origin = Path(path)
        if not origin.exists():
            raise FileNotFoundError(f"log_artifact: there is no file or folder {os.fspath(path)!r}")
        name = name or origin.resolve().name
        try:
            target = self._writer.artifact(name)
            if origin.is_dir():
                shutil.copytree(origin, target, dirs_exist_ok=True)
                kind, size = "folder", sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
            else:
                temporary = _beside(target)
                shutil.copyfile(origin, temporary)
                os.replace(temporary, target)
                kind, size = "file", target.stat().st_size
        except OSError as error:
            self._artifact_failed(name, error)
        else:
            self._artifact_logged(name, target, kind, size)

    def log_text(self, text: str, name: str) -> None:
        """Keep a text as a file; a name without an ending gets ``.txt``."""
        self._write(name, ".txt", "text", str(text).encode("utf-8", "backslashreplace"))

    def log_dict(self, data: Mapping[str, Any] | Sequence[Any], name: str) -> None:
        """Keep a dict or list as JSON; a name without an ending gets ``.json``."""
        document = json.dumps(values.encode(data), ensure_ascii=False, indent=1)
        self._write(name, ".json", "dict", document.encode("utf-8", "backslashreplace"))

    def log_record(self, name: str, kind: str, data: Mapping[str, Any]) -> None:
        """Keep a matrix, curve or table of importances as data, to be drawn when someone looks.

        Args:
            name: role and kind, such as ``test/confusion_matrix``.
            kind: what it is, such as ``confusion_matrix``.
            data: plain values.
        """
        document = json.dumps(values.encode(data), ensure_ascii=False, separators=(",", ":"))
        self._write(name, ".json", kind, document.encode("utf-8", "backslashreplace"), exact_name=True)

    def log_figure(self, figure: Any, name: str) -> None:
        """Keep a matplotlib figure; a name without an ending gets ``.png``.

        Raises:
            TypeError: the object has no ``savefig``.
        """
        if not hasattr(figure, "savefig"):
            raise TypeError(f"log_figure takes a matplotlib figure, not {type(figure).__name__}")
        name = _with_ending(name, ".png")
        try:
            target = self._writer.artifact(name)
            temporary = _beside(target)
            figure.savefig(temporary, format=target.suffix[1:])
            os.replace(temporary, target)
            size = target.stat().st_size
        except OSError as error:
            self._artifact_failed(name, error)
        else:
            self._artifact_logged(name, target, "figure", size)

    def log_table(self, table: Any, name: str) -> None:
        """Keep a table as CSV; a name without an ending gets ``.csv``.

        Args:
            table: a data frame of any library that narwhals knows, a dict of columns, or a list of dicts.
            name: its name in the run.

        Raises:
            TypeError: the object is no table.
        """
        columns, rows = _table(table)
        name = _with_ending(name, ".csv")
        try:
            target = self._writer.artifact(name)
            temporary = _beside(target)
            with temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(columns)
                writer.writerows(rows)
            os.replace(temporary, target)
            size = target.stat().st_size
        except OSError as error:
            self._artifact_failed(name, error)
        else:
            self._artifact_logged(name, target, "table", size)

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

        description = capture.describe_data(data, name=name)
        if target is not None:
            description["target"] = capture.describe_target(target)
        self._record("dataset", role=role, description=description)
        return description

    def log_model(
        self,
        model: Any,
        name: str = "model",
        *,
        signature: Mapping[str, Any] | None = None,
        description: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a model, signed with the user's own key, for ``run.load_model()``.

        A model that cannot be saved, or exceeds the budget, is named on the run with the reason.

        Args:
            model: any object that pickles.
            name: its name in the run.
            signature: the columns and types that it takes and gives.
            description: plain facts to keep with it.
        """
        global _models_saved
        from fitscribe import models

        left = LAUNCH_MODELS_LIMIT_BYTES - _models_saved
        try:
            target = self._writer.artifact(f"{name}/model.pkl")
            saved = models.save_pickle(model, target, limit_bytes=min(MODEL_LIMIT_BYTES, left))
        except (models.ModelTooLarge, models.ModelNotSavable) as error:
            self.note_unseen(f"model {name}" if name != "model" else "model", str(error))
        except OSError as error:
            self._artifact_failed(name, error)
        else:
            _models_saved += saved.size
            self._record(
                "model",
                name=name,
                path=self._relative(target),
                format=saved.format,
                size=saved.size,
                mac=saved.mac,
                type=f"{type(model).__module__}.{type(model).__qualname__}",
                signature=dict(signature) if signature else None,
                description=dict(description) if description else {},
            )

    def _write(self, name: str, ending: str, kind: str, content: bytes, *, exact_name: bool = False) -> None:
        filename = _with_ending(name, ending)
        try:
            target = self._writer.artifact(filename)
            temporary = _beside(target)
            temporary.write_bytes(content)
            os.replace(temporary, target)
        except OSError as error:
            self._artifact_failed(filename, error)
        else:
            self._artifact_logged(name if exact_name else filename, target, kind, len(content))

    def _artifact_logged(self, name: str, target: Path, kind: str, size: int) -> None:
        self._record("artifact", name=name, path=self._relative(target), kind=kind, size=size)

    def _artifact_failed(self, name: str, error: OSError) -> None:
        report("store", error)
        self.note_unseen(f"artifact {name}", f"{type(error).__name__}: {error.strerror or error}")

    def _relative(self, target: Path) -> str:
        return target.relative_to(self._writer.folder).as_posix()


def _with_ending(name: str, ending: str) -> str:
    if not isinstance(name, str) or not name:
        raise TypeError(f"the name of an artifact is a non-empty string, not {name!r}")
    return name if os.path.splitext(name)[1] else name + ending


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def _table(table: Any) -> tuple[list[str], Any]:
    if isinstance(table, Mapping):
        columns = {str(name): list(column) for name, column in table.items()}
        if len({len(column) for column in columns.values()}) > 1:
            raise TypeError("log_table: the columns have different lengths")
        return list(columns), zip(*columns.values(), strict=True)
    if isinstance(table, Sequence) and not isinstance(table, str) and all(isinstance(row, Mapping) for row in table):
        names = list(dict.fromkeys(str(name) for row in table for name in row))
        return names, ([row.get(name) for name in names] for row in table)
    import narwhals

    try:
        frame = narwhals.from_native(table)
    except TypeError:
        raise TypeError(
            f"log_table takes a data frame, a dict of columns or a list of dicts, not {type(table).__name__}"
        ) from None
    if isinstance(frame, narwhals.LazyFrame):
        frame = frame.collect()
    return list(frame.columns), frame.iter_rows()
