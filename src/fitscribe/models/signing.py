"""Files that are signed with the user's own key while they are written, and checked before they are used."""

from __future__ import annotations

import contextlib
import hmac
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fitscribe.models.errors import ModelTooLarge, UntrustedModel
from fitscribe.models.key import Key, own_key
from fitscribe.store.plain_file import read_plain
from fitscribe.store.values import Json
from fitscribe.store.visible import visible

_ALGORITHM = "hmac-sha256-2"
# Separates these signatures from any other use of the same secret.
_PURPOSE = b"fitscribe model 2\0"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class SavedModel:
    """A model on disk.

    Attributes:
        format: how it is written: "pickle", "skops" or "onnx".
        size: its bytes.
        mac: its signature with the user's key: algorithm, key id and digest, separated by colons.
    """

    format: str
    size: int
    mac: str


class LimitReached(Exception):
    """Ends the writing of a model that is too large; never leaves this package."""


class SigningWriter:
    """A binary file that signs and counts what goes through it.

    Args:
        file: the file.
        key: to sign with.
        limit: the most bytes it may take; None for no limit.
        about: what the signature says beside the bytes, as `_about` gives it.

    Attributes:
        size: bytes so far.
        limit: the most bytes it may take; None for no limit.
        exceeded: whether that was reached.
        failure: what writing to the file raised.
    """

    def __init__(self, file: io.FileIO, key: Key, limit: int | None, about: bytes = b"") -> None:
        self.size = 0
        self.limit = limit
        self.exceeded = False
        self.failure: OSError | None = None
        self._file = file
        self._hmac = _signer(key, about)

    def write(self, data: Any) -> int:
        """Write bytes, of any type that has a buffer.

        Raises:
            LimitReached: they are more than the file may take.
            OSError: the file does not take them.
        """
        with memoryview(data) as view:
            length = view.nbytes
            self.size += length
            if self.limit is not None and self.size > self.limit:
                self.exceeded = True
                raise LimitReached
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
        """The signature of all that was written."""
        return self._hmac.hexdigest()


def binding(run_id: str, name: str, facts: Json = None) -> bytes:
    """Return what a signature says of a model beside its bytes: they count for nothing in another's place.

    Args:
        run_id: the run that it is of.
        name: its name in the run.
        facts: what loading goes by besides the bytes, encoded; None for nothing.
    """
    return json.dumps([run_id, name, facts], sort_keys=True).encode()


def _about(model_format: str, bound_to: bytes) -> bytes:
    return model_format.encode() + b"\0" + bound_to


def _signer(key: Key, about: bytes) -> hmac.HMAC:
    # With its length, so that nothing of it can pass for bytes of the file.
    return hmac.new(key.secret, b"%b%d\0%b" % (_PURPOSE, len(about), about), "sha256")


def read_model(path: str | os.PathLike[str]) -> bytes:
    """Return what is in the file of a model, all at once: what is checked of it is what is loaded.

    Raises:
        OSError: it cannot be read, or is no plain file.
    """
    return read_plain(path)


def shown(text: str | os.PathLike[str]) -> str:
    """Return a path or a text from a store as a message may hold it."""
    return visible(os.fspath(text))


def write_signed(
    path: str | os.PathLike[str],
    model_format: str,
    dump: Callable[[SigningWriter], None],
    explain: Callable[[Exception], Exception],
    *,
    limit_bytes: int | None,
    bound_to: bytes,
) -> SavedModel:
    """Write a model to a file that appears under its name when it is whole, or not at all.

    Args:
        path: the file to write; its folder must exist.
        model_format: how it is written.
        dump: writes the model.
        explain: makes an error for people of what ``dump`` raised by itself.
        limit_bytes: the most bytes it may take; None for no limit.
        bound_to: what the signature holds for besides the bytes; see `binding`.

    Raises:
        ModelTooLarge: it takes more than that.
        KeyUnavailable: there is no key to sign it with.
        OSError: the file cannot be written.
        Exception: what ``explain`` gave.
    """
    key = own_key()
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}-{os.urandom(4).hex()}")
    file = open(draft, "xb", buffering=0)  # noqa: SIM115  (closed below, before the rename)
    try:
        with file:
            writer = SigningWriter(file, key, limit_bytes, _about(model_format, bound_to))
            _dump(writer, dump, explain)
        os.replace(draft, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)
        raise
    return SavedModel(model_format, writer.size, f"{_ALGORITHM}:{key.id}:{writer.digest()}")


def _dump(
    writer: SigningWriter,
    dump: Callable[[SigningWriter], None],
    explain: Callable[[Exception], Exception],
) -> None:
    try:
        dump(writer)
    except Exception as error:
        if writer.failure is not None:
            raise writer.failure from None
        if writer.exceeded:
            raise ModelTooLarge(writer.limit or 0) from None
        raise explain(error) from error
    if writer.exceeded:
        # Some __reduce__ swallowed the exception that was to end it.
        raise ModelTooLarge(writer.limit or 0)


def why_untrusted(data: bytes, mac: str | None, model_format: str, bound_to: bytes) -> str | None:
    """Say why bytes are not known to be this user's; None where they are.

    Args:
        data: what the file holds.
        mac: the signature that was kept of it.
        model_format: what it is to be loaded as.
        bound_to: as it was signed for.

    Raises:
        KeyUnavailable: the key cannot be read, so nothing can be checked.
    """
    if not mac:
        return "is not signed"
    algorithm, _, rest = mac.partition(":")
    key_id, _, digest = rest.partition(":")
    if algorithm != _ALGORITHM or not digest:
        return "is signed in a way that this version does not know"
    key = own_key()
    signer = _signer(key, _about(model_format, bound_to))
    with memoryview(data) as view:
        for start in range(0, len(data), _CHUNK):
            signer.update(view[start : start + _CHUNK])
    # As bytes: a text that is no ASCII cannot be compared.
    if hmac.compare_digest(signer.hexdigest().encode(), digest.encode("utf-8", "surrogatepass")):
        return None
    if key_id == key.id:
        return "is not the one that was saved here: its bytes have changed since, or it was saved elsewhere"
    return "was not written with your key"


def need_trust(
    data: bytes,
    mac: str | None,
    path: str | os.PathLike[str],
    origin: str | None,
    model_format: str,
    bound_to: bytes,
) -> None:
    """Check that bytes which can run code are this user's.

    Args:
        data: what the file holds.
        mac: the signature that was kept of it.
        path: the file.
        origin: who wrote it, where, in words for people.
        model_format: what it is to be loaded as.
        bound_to: as it was signed for.

    Raises:
        UntrustedModel: they are not, or have changed.
        KeyUnavailable: the key cannot be read, so nothing can be checked.
    """
    reason = why_untrusted(data, mac, model_format, bound_to)
    if reason:
        raise UntrustedModel(
            f"the model {shown(path)} {reason}{from_where(origin)}. "
            f"Loading it runs code that is in it: pass trust=True if you trust its author"
        )


def from_where(origin: str | None) -> str:
    """Return where a model comes from, as a part of a sentence; empty where that is unknown."""
    return f" (it comes from {shown(origin)})" if origin else ""
