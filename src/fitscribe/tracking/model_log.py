"""Logging of models: within a budget, and of those that a training makes, whether they are still kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fitscribe.engine import report
from fitscribe.engine.guard import keep
from fitscribe.store.values import AsIs, encode
from fitscribe.tracking.arguments import need_name
from fitscribe.tracking.artifacts import ArtifactLog

if TYPE_CHECKING:
    from fitscribe.models import NativeFormat

MODEL_LIMIT_BYTES = 1 << 30
LAUNCH_MODELS_LIMIT_BYTES = 4 << 30
_MODEL_ENDINGS = {"pickle": ".pkl", "skops": ".skops", "onnx": ".onnx"}

_models_saved = 0


class ModelLog(ArtifactLog):
    """The part of an active run that keeps models."""

    id: str
    _trained_model: tuple[str, Path, int] | None = None

    def log_model(
        self,
        model: Any,
        name: str = "model",
        *,
        model_format: str = "pickle",
        convert: Callable[[], bytes] | None = None,
        native: NativeFormat | None = None,
        signature: Mapping[str, Any] | None = None,
        description: Mapping[str, Any] | None = None,
        of_training: bool = False,
    ) -> None:
        """Keep a model, signed with the user's own key, for ``run.load_model()``.

        A model that cannot be saved, or exceeds the budget, is named on the run with the reason.

        Args:
            model: any object that pickles.
            name: its name in the run.
            model_format: ``pickle``, ``skops`` or ``onnx``.
            convert: gives the model as ONNX, where that is asked for.
            native: a format of its framework's own, which then goes before ``model_format``.
            signature: the columns and types that it takes and gives.
            description: plain facts to keep with it.
            of_training: it is what the training itself made, of which a sweep keeps the best and the newest.

        Raises:
            TypeError: the name is no text.
        """
        global _models_saved
        from fitscribe import models

        need_name(name, "model")
        left = LAUNCH_MODELS_LIMIT_BYTES - _models_saved
        what = f"model {name}" if name != "model" else "model"
        ending = _MODEL_ENDINGS[model_format] if native is None else native.ending
        target = self._target(f"{name}/model{ending}", what)
        if target is None:
            return
        try:
            limit_bytes = max(0, min(MODEL_LIMIT_BYTES, left))
            facts = None if native is None else encode(dict(native.describe(model)))
            bound_to = models.binding(self.id, name, facts)
            if native is not None:
                saved = models.save_native(model, native, target, limit_bytes=limit_bytes, bound_to=bound_to)
            elif model_format == "onnx" and convert is not None:
                saved = models.save_onnx(convert, target, limit_bytes=limit_bytes, bound_to=bound_to)
            else:
                save = models.save_skops if model_format == "skops" else models.save_pickle
                saved = save(model, target, limit_bytes=limit_bytes, bound_to=bound_to)
        except models.ModelTooLarge as error:
            spent = f"the models of this process have taken {_models_saved / 1e9:.1f} GB already"
            why = str(error) if left >= MODEL_LIMIT_BYTES else f"{error}: {spent}"
            self.note_unseen(what, why + self._earlier(target))
        except models.ModelNotSavable as error:
            self.note_unseen(what, str(error) + self._earlier(target))
        except OSError as error:
            self._artifact_failed(what, error)
        except Exception as error:
            keep(what, error)
            self.note_unseen(what, f"{type(error).__name__}: {error}")
        else:
            _models_saved += saved.size
            if self._trained_model is not None and self._trained_model[1] == target:
                _models_saved -= self._trained_model[2]
            if of_training:
                self._trained_model = (name, target, saved.size)
            elif self._trained_model is not None and self._trained_model[0] == name:
                self._trained_model = None  # in its place is one of the user's now
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
                **({} if facts is None else {"native": AsIs(facts)}),
            )

    def _earlier(self, target: Path) -> str:
        return "; the one that is kept is of an earlier state" if target.exists() else ""

    @property
    def has_trained_model(self) -> bool:
        """Whether the model that the training made is kept."""
        return self._trained_model is not None

    def remove_trained_model(self, why: str) -> None:
        """Delete the model that the training made, and say why; nothing where it is gone already."""
        global _models_saved
        if self._trained_model is None:
            return
        name, path, size = self._trained_model
        self._trained_model = None
        if path.exists():
            # Said first: a model that is listed must be there, whenever the process dies.
            self._record("removed", model=name, why=why)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                report("store", error)
                return
            with contextlib.suppress(OSError):  # something else lies beside it
                path.parent.rmdir()
        _models_saved -= size
