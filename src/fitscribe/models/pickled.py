"""Pickles, signed while they are written and checked before they are read."""

from __future__ import annotations

import contextlib
import hmac
import io
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitscribe.models.errors import ModelNotLoadable, ModelNotSavable, ModelTooLarge, UntrustedModel
from fitscribe.models.key import Key, own_key

FORMAT = "pickle"
_ALGORITHM = "hmac-sha256"
# Separates these signatures from any other use of the same secret.
_PURPOSE = b"fitscribe model 1\0"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class SavedModel:
    """A model on disk.

    Attributes:
        format: how it is written: "pickle".
        size: its bytes.
        mac: its signature with the user's key: algorithm, key id and digest, separated by colons.
    """

    format: str
    size: int
    mac: str


def save_pickle(obj: object, path: str | os.PathLike[str], *, limit_bytes: int | None = None) -> SavedModel:
    """Pickle an object to a file, signing the bytes on their way.

    The file appears under its name when it is whole, or not at all. The object is only read.

    Args:
        obj: what to save.
        path: the file to write; its folder must exist.
        limit_bytes: the most bytes it may take; None for no limit.

    Raises:
        ModelTooLarge: it takes more than `limit_bytes`.
        ModelNotSavable: it does not pickle; the message names the reason.
        KeyUnavailable: there is no key to sign it with.
        OSError: the file cannot be written.
    """
    key = own_key()
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}")
    file = open(draft, "xb", buffering=0)  # noqa: SIM115  (closed below, before the rename)
    try:
        with file:
            writer = _SigningWriter(file, key, limit_bytes)
            _dump(obj, writer)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    return SavedModel(FORMAT, writer.size, _mac_text(key, writer.digest()))


def load_pickle(
    path: str | os.PathLike[str], mac: str | None, *, trust: bool = False, origin: str | None = None
) -> Any:
    """Load a pickled object after checking that this user wrote it.

    The bytes that are checked are the bytes that are loaded: the file is read once.

    Args:
        path: the file.
        mac: the signature `save_pickle` returned; None where there is none.
        trust: load it whoever wrote it. Unpickling runs whatever code the file names.
        origin: who wrote it, where, in words for people ("ann on gpu3").

    Raises:
        UntrustedModel: it is not this user's, or has changed, and `trust` is not set.
        ModelNotLoadable: a class or module that it needs is not here, or it is no pickle.
        KeyUnavailable: the key cannot be read, so nothing can be checked.
        OSError: the file cannot be read.
    """
    data = Path(path).read_bytes()
    if not trust:
        reason = _why_untrusted(data, mac, own_key())
        if reason:
            raise UntrustedModel(
                f"the model {os.fspath(path)} {reason}{f' (it comes from {origin})' if origin else ''}. "
                f"Loading it runs code that is in it: pass trust=True if you trust its author"
            )
    return _loads(data)


class _LimitReached(Exception):
    """Ends pickling early; never leaves this module."""


class _SigningWriter:
    """A binary file for `pickle` that signs and counts what goes through it."""

    def __init__(self, file: io.FileIO, key: Key, limit: int | None) -> None:
        self.size = 0
        self.exceeded = False
        self.failure: OSError | None = None
        self._file = file
        self._limit = limit
        self._hmac = hmac.new(key.secret, _PURPOSE, "sha256")

    def write(self, data: Any) -> int:
        with memoryview(data) as view:
            length = view.nbytes
            self.size += length
            if self._limit is not None and self.size > self._limit:
                self.exceeded = True
                raise _LimitReached
            self._hmac.update(view)
            try:
                written = self._file.write(view)
                while written < length:
                    # A raw write may take less than it was given: more than 2 GiB, or a signal.
                    written += self._file.write(view[written:])
            except OSError as error:
                self.failure = error
                raise
        return length

    def digest(self) -> str:
        return self._hmac.hexdigest()


def _dump(obj: object, writer: _SigningWriter) -> None:
    try:
        pickle.Pickler(writer, protocol=5).dump(obj)
    except Exception as error:
        if writer.failure is not None:
            raise writer.failure from None
        if writer.exceeded:
            raise ModelTooLarge(writer._limit or 0) from None
        raise ModelNotSavable(_why_not_savable(obj, error)) from error
    if writer.exceeded:
        # Some __reduce__ swallowed the exception that was to end it.
        raise ModelTooLarge(writer._limit or 0)


def _why_not_savable(obj: object, error: Exception) -> str:
    text = str(error) or type(error).__name__
    advice = ""
    if "<lambda>" in text or "<locals>" in text or "local object" in text:
        advice = "; define it at the top level of a module"
    elif isinstance(error, RecursionError):
        advice = "; it is nested too deeply"
    return f"{type(obj).__name__} cannot be pickled: {text}{advice}"


def _mac_text(key: Key, digest: str) -> str:
    return f"{_ALGORITHM}:{key.id}:{digest}"


def _why_untrusted(data: bytes, mac: str | None, key: Key) -> str | None:
    if not mac:
        return "is not signed"
    algorithm, _, rest = mac.partition(":")
    key_id, _, digest = rest.partition(":")
    if algorithm != _ALGORITHM or not digest:
        return "is signed in a way that this version does not know"
    signer = hmac.new(key.secret, _PURPOSE, "sha256")
    with memoryview(data) as view:
        for start in range(0, len(data), _CHUNK):
            signer.update(view[start : start + _CHUNK])
    if hmac.compare_digest(signer.hexdigest(), digest):
        return None
    if key_id == key.id:
        return "is not the one that was saved: its bytes have changed since"
    return "was not written with your key"


class _Unpickler(pickle.Unpickler):
    """Says what is missing where the standard one says only that something is."""

    def find_class(self, module: str, name: str) -> Any:
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
        return _Unpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError) as error:
        raise ModelNotLoadable(f"the file is no complete pickle ({error})") from error
