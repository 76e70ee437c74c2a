"""The page's files: compressed on their way, and kept by browsers for as long as they stay what they are."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from fitscribe.ui.modules import FIRST, STATIC, bundle

# Level 9, the default, takes twice the time for a hundredth less.
_COMPRESSION = 5
_SMALLEST = 500
_FOR_GOOD = "private, max-age=31536000, immutable"


class _Kept(NamedTuple):
    """One of the page's files, as it is sent."""

    content: bytes
    packed: bytes
    media_type: str


def routes() -> list[BaseRoute]:
    """Where the page's files are: under ``/static``, and likewise under the name of their edition."""
    files = StaticFiles(directory=STATIC)
    return [
        Route("/static/@{edition}/{path:path}", _of_edition, methods=["GET"]),
        Mount("/static", GZipMiddleware(files, minimum_size=_SMALLEST, compresslevel=_COMPRESSION)),
    ]


async def _of_edition(request: Request) -> Response:
    """Answer with a file, which the browser need not ask for again."""
    found = _kept(**request.path_params)
    if found is None:
        raise HTTPException(404)
    headers = {"cache-control": _FOR_GOOD, "vary": "Accept-Encoding"}
    if found.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(found.packed, media_type=found.media_type, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)


@lru_cache(maxsize=512)
def _kept(edition: str, path: str) -> _Kept | None:
    """A file, kept as long as the edition is asked for; the first module has all others in it.

    Args:
        edition: as in `index`.
        path: of the file, within the folder of all of them.
    """
    file = _by_path(edition).get(path)
    if file is None:
        return None
    content = bundle().encode() if path == FIRST else file.read_bytes()
    packed = gzip.compress(content, _COMPRESSION, mtime=0) if len(content) >= _SMALLEST else b""
    return _Kept(content, packed, mimetypes.guess_type(path)[0] or "application/octet-stream")


@lru_cache(maxsize=4)
def _by_path(edition: str) -> dict[str, Path]:
    return {each.relative_to(STATIC).as_posix(): each for each in _files()}


def _files() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*.*") if path.is_file())


def index() -> str:
    """``index.html`` with the addresses of this edition, whose files are asked for once."""
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    return text.replace('"/static/', f'"/static/@{_edition()}/')


def _edition() -> str:
    """A name that changes with any of the files; they may be edited while the server runs."""
    digest = hashlib.sha256()
    for path in _files():
        found = path.stat()
        digest.update(f"{path.relative_to(STATIC)} {found.st_mtime_ns} {found.st_size}\n".encode())
    return digest.hexdigest()[:12]
