"""The page's files: compressed on their way, and kept by browsers for as long as they stay what they are."""

from __future__ import annotations

import hashlib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).with_name("static")
# Level 9, the default, takes twice the time for a hundredth less.
_COMPRESSION = 5
_SMALLEST = 500


class _Edition(StaticFiles):
    """Files under an address that no other edition of them has."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Answer with a file, which the browser need not ask for again."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "private, max-age=31536000, immutable"
        return response


def routes() -> list[BaseRoute]:
    """Where the page's files are: under ``/static``, and likewise under the name of their edition."""
    return [
        Mount("/static/@{edition}", _packed(_Edition(directory=STATIC))),
        Mount("/static", _packed(StaticFiles(directory=STATIC))),
    ]


def _packed(files: StaticFiles) -> GZipMiddleware:
    return GZipMiddleware(files, minimum_size=_SMALLEST, compresslevel=_COMPRESSION)


def index() -> str:
    """``index.html`` with the addresses of this edition: the page has some sixty files, asked for once."""
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    return text.replace('"/static/', f'"/static/@{_edition()}/')


def _edition() -> str:
    """A name that changes with any of the files; they may be edited while the server runs."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*.*")):
        found = path.stat()
        digest.update(f"{path.relative_to(STATIC)} {found.st_mtime_ns} {found.st_size}\n".encode())
    return digest.hexdigest()[:12]
