"""The user's own key: what tells their models from everybody else's."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from fitscribe.models.errors import KeyUnavailable

VARIABLE = "FITSCRIBE_KEY"
_SHORTEST = 16
_CACHE: dict[tuple[str | None, ...], Key] = {}


@dataclass(frozen=True)
class Key:
    """A key, and the short public name by which a signature says which key made it."""

    secret: bytes
    id: str


def own_key() -> Key:
    """Return the user's key: `FITSCRIBE_KEY`, else the key file, which is created the first time.

    Raises:
        KeyUnavailable: the file can be neither read nor created, or the key is too short to be one.
    """
    # What decides where the key is: a change of it must be seen, without a look at the file for every model.
    deciding = tuple(os.environ.get(name) for name in (VARIABLE, "XDG_DATA_HOME", "HOME"))
    found = _CACHE.get(deciding)
    if found is None:
        found = _CACHE[deciding] = _make(_find(deciding[0]))
    return found


def key_file() -> Path:
    """Return where the key file is, or would be."""
    import platformdirs

    return Path(platformdirs.user_data_dir("fitscribe", appauthor=False)) / "key"


def _make(text: str) -> Key:
    secret = text.encode()
    return Key(secret, hashlib.sha256(b"fitscribe key id\0" + secret).hexdigest()[:12])


def _find(text: str | None) -> str:
    if text is not None and (text := text.strip()):
        if len(text) < _SHORTEST:
            raise KeyUnavailable(f"{VARIABLE} is shorter than {_SHORTEST} characters; use a longer secret")
        return text
    path = key_file()
    try:
        try:
            return _read(path)
        except FileNotFoundError:
            _create(path)
            return _read(path)
    except OSError as error:
        if isinstance(error, KeyUnavailable):
            raise
        raise KeyUnavailable(
            error.errno,
            f"the key that signs models cannot be used ({error.strerror or error}); "
            f"make its folder writable, or set {VARIABLE}",
            str(path),
        ) from error


def _read(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    with os.fdopen(descriptor, encoding="ascii", errors="replace") as file:
        if os.name == "posix":
            status = os.fstat(file.fileno())
            if status.st_mode & 0o077 and status.st_uid == os.getuid():
                os.fchmod(file.fileno(), 0o600)
        text = file.read().strip()
    if len(text) < _SHORTEST:
        raise KeyUnavailable(f"the key file {path} holds no key; remove it to get a new one")
    return text


def _create(path: Path) -> None:
    """Write a new key, unless another process was first: whole, and never readable for others."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}-{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(os.urandom(32).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()


def _publish(draft: Path, path: Path) -> None:
    """Give the finished draft its name, without ever replacing a key that is in use."""
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    except (OSError, NotImplementedError):
        # A file system without hard links. The window between look and rename is what is left there.
        if not path.exists():
            draft.replace(path)
