"""Pickles, signed while they are written and checked before they are read."""

from __future__ import annotations

import io
import os
import pickle
from typing import Any

from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable
from fitscribe.models.signing import SavedModel, need_trust, read_model, write_signed

FORMAT = "pickle"


def save_pickle(
    obj: object, path: str | os.PathLike[str], *, limit_bytes: int | None = None, bound_to: bytes = b""
) -> SavedModel:
    """Pickle an object to a file, signing the bytes on their way.

    The file appears under its name when it is whole, or not at all. The object is only read.

    Args:
        obj: what to save.
        path: the file to write; its folder must exist.
        limit_bytes: the most bytes it may take; None for no limit.
        bound_to: what the signature holds for besides the bytes; see :func:`fitscribe.models.binding`.

    Raises:
        ModelTooLarge: it takes more than `limit_bytes`.
        ModelNotSavable: it does not pickle; the message names the reason.
        KeyUnavailable: there is no key to sign it with.
        OSError: the file cannot be written.
    """
    return write_signed(
        path,
        FORMAT,
        lambda writer: pickle.Pickler(writer, protocol=5).dump(obj),
        lambda error: ModelNotSavable(why_not_savable(obj, error)),
        limit_bytes=limit_bytes,
        bound_to=bound_to,
    )


def load_pickle(
    path: str | os.PathLike[str],
    mac: str | None,
    *,
    trust: bool = False,
    origin: str | None = None,
    bound_to: bytes = b"",
) -> Any:
    """Load a pickled object after checking that this user wrote it.

    The bytes that are checked are the bytes that are loaded: the file is read once.

    Args:
        path: the file.
        mac: the signature `save_pickle` returned; None where there is none.
        trust: load it whoever wrote it. Unpickling runs whatever code the file names.
        origin: who wrote it, where, in words for people ("ann on gpu3").
        bound_to: as it was saved with.

    Raises:
        UntrustedModel: it is not this user's, or has changed, and `trust` is not set.
        ModelNotLoadable: a class or module that it needs is not here, or it is no pickle.
        KeyUnavailable: the key cannot be read, so nothing can be checked.
        OSError: the file cannot be read.
    """
    data = read_model(path)
    if not trust:
        need_trust(data, mac, path, origin, FORMAT, bound_to)
    return _loads(data)


def why_not_savable(obj: object, error: Exception) -> str:
    """Return why an object does not pickle, and what helps.

    Args:
        obj: the object.
        error: what pickling it raised.
    """
    text = str(error) or type(error).__name__
    advice = ""
    if "<lambda>" in text or "<locals>" in text or "local object" in text:
        advice = "; define it at the top level of a module"
    elif isinstance(error, RecursionError):
        advice = "; it is nested too deeply"
    return f"{type(obj).__name__} cannot be pickled: {text}{advice}"


class ModelUnpickler(pickle.Unpickler):
    """Says what is missing where the standard one says only that something is."""

    def find_class(self, module: str, name: str) -> Any:
        """See :class:`pickle.Unpickler`.

        Raises:
            ModelNotLoadable: it is not here.
        """
        try:
            return super().find_class(module, name)
        except (ImportError, AttributeError) as error:
            raise ModelNotLoadable(_why_not_found(module, name, error)) from error


def _why_not_found(module: str, name: str, error: Exception) -> str:
    if module in ("__main__", "__mp_main__"):
        return (
            f"the model needs {name!r}, which the script that trained it defined (in __main__) and this "
            f"program does not; define or import {name!r} in the main module, or give it a module of its own"
        )
    if isinstance(error, ImportError):
        return f"the model needs {module}.{name}, and {module!r} cannot be imported here ({error})"
    return (
        f"the model needs {module}.{name}, which the version of {module.split('.')[0]!r} here does not have"
    )


def _loads(data: bytes) -> Any:
    try:
        return ModelUnpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError) as error:
        raise ModelNotLoadable(f"the file is no complete pickle ({error})") from error
