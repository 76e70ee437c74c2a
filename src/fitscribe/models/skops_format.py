"""The format of ``skops``: what it loads is data, except for the types that one decides to trust."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable, UntrustedModel
from fitscribe.models.signing import SavedModel, why_untrusted, write_signed

FORMAT = "skops"


def save_skops(obj: object, path: str | os.PathLike[str], *, limit_bytes: int | None = None) -> SavedModel:
    """Write an object in the format of ``skops``; arguments and errors are those of ``save_pickle``.

    Raises:
        ModelNotSavable: also where ``skops`` is not installed.
    """
    try:
        from skops import io
    except ImportError as error:
        raise ModelNotSavable(
            f"the format skops was asked for, and skops cannot be imported ({error}): pip install skops"
        ) from error
    return write_signed(
        path,
        FORMAT,
        lambda writer: io.dump(obj, writer),
        lambda error: ModelNotSavable(f"skops cannot write {type(obj).__name__}: {error}"),
        limit_bytes=limit_bytes,
    )


def load_skops(
    path: str | os.PathLike[str], mac: str | None, *, trust: bool = False, origin: str | None = None
) -> Any:
    """Load what :func:`save_skops` wrote; arguments and errors are those of ``load_pickle``.

    A file of somebody else's is loaded without ``trust``, too, if it holds nothing but types that ``skops``
    itself takes for safe.

    Raises:
        UntrustedModel: it is somebody else's and holds other types; the message names them.
        ModelNotLoadable: also where ``skops`` is not installed.
    """
    try:
        from skops import io
    except ImportError as error:
        raise ModelNotLoadable(
            f"the model {os.fspath(path)} has the format skops, and skops cannot be imported ({error}): "
            "pip install skops"
        ) from error
    data = Path(path).read_bytes()
    try:
        unknown = io.get_untrusted_types(data=data)
        reason = why_untrusted(data, mac) if unknown and not trust else None
    except OSError:
        raise
    except Exception as error:
        # skops lets many types out where a file is damaged or of a newer version.
        raise ModelNotLoadable(f"skops cannot read {os.fspath(path)}: {error}") from error
    if reason:
        source = f" (it comes from {origin})" if origin else ""
        raise UntrustedModel(
            f"the model {os.fspath(path)} {reason}{source}, and holds {', '.join(unknown[:5])}. "
            f"Loading that can run code: pass trust=True if you trust its author"
        )
    try:
        return io.loads(data, trusted=unknown)
    except Exception as error:
        raise ModelNotLoadable(f"skops cannot load {os.fspath(path)}: {error}") from error
