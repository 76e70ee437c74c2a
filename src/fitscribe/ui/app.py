"""The application: which address gives what."""

from __future__ import annotations

import functools
import json
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

import fitscribe
from fitscribe.store import Store
from fitscribe.ui import static_files
from fitscribe.ui.asked import Asked, asked_in, body_of
from fitscribe.ui.catalog import Catalog
from fitscribe.ui.endpoints import Endpoints
from fitscribe.ui.failures import Failure, described
from fitscribe.ui.guard import App, Guard

_LARGEST_BODY = 1_000_000

Answer = Callable[..., Any]


def application(
    store: Store,
    *,
    token: str | None = None,
    names: list[str] | None = None,
    is_ending: Callable[[], bool] = lambda: False,
) -> App:
    """Return the ASGI application for one store, with its guard.

    Args:
        store: the store.
        token: as :class:`fitscribe.ui.guard.Guard` takes it.
        names: likewise.
        is_ending: as :class:`fitscribe.ui.endpoints.Endpoints` takes it.
    """
    endpoints = Endpoints(Catalog(store), fitscribe.__version__, is_ending)
    get = functools.partial(_route, methods=("GET",))
    routes: list[BaseRoute] = [
        get("/api/store", endpoints.store),
        Route("/api/changes", _guarded(functools.partial(_changes, endpoints)), methods=["GET"]),
        _choice("/api/runs", endpoints.runs),
        _choice("/api/columns", endpoints.columns),
        get("/api/complete", endpoints.complete),
        get("/api/check", endpoints.check),
        _choice("/api/groups", endpoints.groups),
        _choice("/api/values", endpoints.values),
        _choice("/api/importance", endpoints.importance),
        _choice("/api/series", endpoints.series),
        get("/api/compare", endpoints.compare),
        get("/api/compare/code", endpoints.compare_code),
        get("/api/trash", endpoints.trashed),
        get("/api/export", endpoints.export),
        get("/api/runs/{run}", endpoints.run),
        get("/api/runs/{run}/children", endpoints.children),
        get("/api/runs/{run}/diff", endpoints.diff),
        get("/api/runs/{run}/data", endpoints.data),
        get("/api/runs/{run}/preview", endpoints.preview),
        get("/api/runs/{run}/file", endpoints.file),
        _route("/api/runs/{run}", endpoints.change, methods=("PATCH",)),
        _route("/api/runs", endpoints.tag, methods=("PATCH",)),
        _route("/api/trash", endpoints.trash, methods=("POST",)),
        _route("/api/restore", endpoints.restore, methods=("POST",)),
        Route("/api/{rest:path}", _guarded(_nothing), methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
        *static_files.routes(),
        Route("/{rest:path}", _page, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={HTTPException: _refused}), token, names)


def _route(path: str, answer: Answer, *, methods: tuple[str, ...]) -> Route:
    """A route whose answer is computed on a thread, of the parameters, the run in the path and the body."""

    async def respond(request: Request) -> Response:
        arguments = [Asked(request.query_params.multi_items()), *request.path_params.values()]
        if request.method not in ("GET", "HEAD"):
            arguments.append(body_of(await _body(request)))
        return await run_in_threadpool(lambda: _response(answer(*arguments)))

    return Route(path, _guarded(respond), methods=list(methods))


def _choice(path: str, answer: Answer) -> Route:
    """A route that may be asked by POST, too: thousands of runs, or a name, are too long for an address."""

    async def respond(request: Request) -> Response:
        pairs = request.query_params.multi_items()
        asked = Asked(pairs) if request.method != "POST" else asked_in(body_of(await _body(request)))
        return await run_in_threadpool(lambda: _response(answer(asked)))

    return Route(path, _guarded(respond), methods=["GET", "POST"])


def _guarded(respond: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        try:
            return await respond(request)
        except Exception as error:
            failure = described(error)
            # What is missing, and its remedy, are in the answer.
            if failure.status == 500 and not isinstance(error, ModuleNotFoundError):
                traceback.print_exception(error)
            return _json(failure.answer(), failure.status)

    return guarded


async def _changes(endpoints: Endpoints, request: Request) -> Response:
    asked = Asked(request.query_params.multi_items())
    return _json(await endpoints.changes(asked, run_in_threadpool, request.is_disconnected))


async def _nothing(request: Request) -> Response:
    raise Failure("not_found", f"there is nothing at {request.url.path[:200]}", "See docs/ui-api.md.")


async def _refused(request: Request, error: Any) -> Response:
    """What the framework refuses, such as a method that an address does not have, as any other failure."""
    failure = Failure("bad_request", f"{request.method} {request.url.path[:200]}: {error.detail}")
    return _json(failure.answer(), error.status_code)


async def _page(request: Request) -> Response:
    return HTMLResponse(static_files.index(), headers={"cache-control": "no-cache"})


async def _body(request: Request) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _LARGEST_BODY:
            raise Failure("too_large", f"the body is larger than {_LARGEST_BODY:,} bytes")
    return bytes(content)


def _response(answer: Any) -> Response:
    return answer if isinstance(answer, Response) else _json(answer)


def _json(document: Any, status: int = 200) -> Response:
    # In ASCII: texts may hold lone surrogates, which UTF-8 cannot.
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return Response(text, status, media_type="application/json")
