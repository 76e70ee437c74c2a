"""The format of ``skops``: what it loads is data, except for the types that one decides to trust."""

from __future__ import annotations

import os
import sys
import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import Any

from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable, UntrustedModel
from fitscribe.models.signing import (
    SavedModel,
    SigningWriter,
    from_where,
    read_model,
    shown,
    why_untrusted,
    write_signed,
)

FORMAT = "skops"

# Up to 0.11 a file could name one type and load another (CVE-2025-54412, CVE-2025-54413).
_SAFE_SINCE = (0, 12)
_UNPACKED_BYTES, _UNPACKED_TIMES = 1 << 30, 8


def save_skops(
    obj: object, path: str | os.PathLike[str], *, limit_bytes: int | None = None, bound_to: bytes = b""
) -> SavedModel:
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

    def write(writer: SigningWriter) -> None:
        data = io.dumps(obj)  # as io.dump, which makes all of it in memory as well
        _need_loadable(io.get_untrusted_types(data=data))
        writer.write(data)

    return write_signed(
        path,
        FORMAT,
        write,
        lambda error: ModelNotSavable(f"skops cannot write {type(obj).__name__}: {error}"),
        limit_bytes=limit_bytes,
        bound_to=bound_to,
    )


def load_skops(
    path: str | os.PathLike[str],
    mac: str | None,
    *,
    trust: bool = False,
    origin: str | None = None,
    bound_to: bytes = b"",
) -> Any:
    """Load what :func:`save_skops` wrote; arguments and errors are those of ``load_pickle``.

    A file of somebody else's is loaded without ``trust``, too, if it holds nothing but types that ``skops``
    itself takes for safe.

    Raises:
        UntrustedModel: it is somebody else's and holds other types; the message names them.
        ModelNotLoadable: also where ``skops`` is not installed.
    """
    try:
        import skops
        from skops import io
    except ImportError as error:
        raise ModelNotLoadable(
            f"the model {shown(path)} has the format skops, and skops cannot be imported ({error}): "
            "pip install skops"
        ) from error
    data = read_model(path)
    reason = None if trust else why_untrusted(data, mac, FORMAT, bound_to)
    try:
        if reason:
            _need_harmless(data)
        unknown = io.get_untrusted_types(data=data)
    except OSError:
        raise
    except Exception as error:
        # skops lets many types out where a file is damaged or of a newer version.
        raise ModelNotLoadable(f"skops cannot read {shown(path)}: {error}") from error
    if reason and (unknown or not _is_safe(skops.__version__)):
        holds = (
            f"holds {', '.join(map(shown, unknown[:5]))}" if unknown else f"skops {skops.__version__} is old"
        )
        raise UntrustedModel(
            f"the model {shown(path)} {reason}{from_where(origin)}, and {holds}. "
            f"Loading that can run code: pass trust=True if you trust its author"
        )
    try:
        return io.loads(data, trusted=unknown)
    except Exception as error:
        raise ModelNotLoadable(f"skops cannot load {shown(path)}: {error}") from error


def _need_loadable(types: Iterable[str]) -> None:
    """Refuse what skops writes by a name alone that leads nowhere: a lambda, a class within a function.

    Raises:
        ValueError: it is one.
    """
    for each in types:
        module, _, name = each.rpartition(".")
        if module in sys.modules and not hasattr(sys.modules[module], name):
            raise ValueError(f"{each} is not to be found by its name; define it at the top level of a module")


def _need_harmless(data: bytes) -> None:
    """Refuse a file that claims to hold far more than it can: no more than that is ever unpacked of one.

    Raises:
        ValueError: it is one.
    """
    with zipfile.ZipFile(BytesIO(data)) as file:
        size = sum(each.file_size for each in file.infolist())
    if size > max(_UNPACKED_BYTES, _UNPACKED_TIMES * len(data)):
        raise ValueError(f"its {len(data):,} bytes claim to unpack to {size:,}")


def _is_safe(version: str) -> bool:
    """Whether this skops runs nothing of a file of safe types alone: before, what it lists may lie."""
    numbers = tuple(int(each) for each in version.split(".")[:2] if each.isdigit())
    return numbers >= _SAFE_SINCE
