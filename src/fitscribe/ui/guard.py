"""Who may ask: checks of Host, Origin and token before anything is looked at, and the headers of answers.

The server has no account and reads everything: what keeps other sites out of it is that their requests carry
another Host (DNS rebinding) or Origin, and that browsers keep answers from pages of another origin.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from fitscribe.ui.failures import Failure

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src "
    "'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may load and do."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_MONTH_S = 30 * 24 * 3600


class Guard:
    """Lets through to the application only what may ask.

    Args:
        app: the application.
        token: that whoever asks must know; None where nobody else can reach the server.
        names: host names, beside addresses, by which the server may be called; None for those of the loopback
            alone.
    """

    def __init__(self, app: App, token: str | None, names: Iterable[str] | None) -> None:
        self._app = app
        self._token = token
        self._names = None if names is None else frozenset(name.lower().rstrip(".") for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return None
        sent = _with_headers(send)
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        try:
            self._check_host(headers.get("host", ""))
            _check_origin(scope["method"], headers)
            given = self._check_token(scope, headers)
        except Failure as failure:
            return await _refuse(sent, failure)
        if given:
            return await self._keep(sent, scope)
        return await self._app(scope, receive, sent)

    def _check_host(self, host: str) -> None:
        """Refuse names that are not the server's: another site's may be made to lead here."""
        name = host_name(host)
        if name in _LOOPBACK or (self._names is not None and (name in self._names or _is_address(name))):
            return
        raise Failure(
            "forbidden",
            f"this server is not called {name[:100]!r}",
            "Open the address that fitscribe ui has printed, or name it: fitscribe ui --allow-host NAME",
        )

    def _check_token(self, scope: Scope, headers: dict[str, str]) -> bool:
        """Tell whether the token stands in the address, from where it is to be moved into a cookie.

        Raises:
            Failure: it is missing or wrong.
        """
        if self._token is None:
            return False
        parameters = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        in_address = parameters.get("token")
        if in_address is not None and scope["method"] == "GET" and self._is_right(in_address):
            return True
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_right(bearer.strip()):
            return False
        if self._is_right(_cookie(headers.get("cookie", ""), self._cookie_name(scope))):
            return False
        raise Failure(
            "unauthorized", "the token is missing or wrong", "Open the address that fitscribe ui has printed."
        )

    def _is_right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), (self._token or "").encode())

    def _cookie_name(self, scope: Scope) -> str:
        # Cookies are shared by all ports of a host.
        server = scope.get("server") or ("", 0)
        return f"fitscribe-{server[1]}"

    async def _keep(self, send: Send, scope: Scope) -> None:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        rest = urlencode([pair for pair in pairs if pair[0] != "token"])
        # The path alone: "//name" and "/\\name" would lead to another host.
        path = "/" + scope["raw_path"].decode("latin-1").lstrip("/\\")
        cookie = (
            f"{self._cookie_name(scope)}={self._token}; Max-Age={_MONTH_S}; Path=/; HttpOnly; SameSite=Lax"
        )
        await send(
            {
                "type": "http.response.start",
                "status": 303,
                "headers": [
                    (b"location", (f"{path}?{rest}" if rest else path).encode("latin-1")),
                    (b"set-cookie", cookie.encode("latin-1")),
                ],
            }
        )
        await send({"type": "http.response.body", "body": b""})


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower().rstrip(".") if ":" in host else host.lower().rstrip(".")


def _is_address(name: str) -> bool:
    """Whether it is an IP address: no other site can be at one that is this machine's."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _check_origin(method: str, headers: dict[str, str]) -> None:
    """Refuse what another site has sent.

    A page of this server has its own origin, and programs have none.

    Raises:
        Failure: the request comes from elsewhere.
    """
    origin = headers.get("origin")
    site = headers.get("sec-fetch-site", "none")
    # A link on another site may lead here: a browser shows it what comes, and nobody else.
    follows_link = (
        method in _SAFE
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )
    is_foreign = origin is not None and _place(origin) != headers["host"].lower()
    if is_foreign or not (site in ("same-origin", "none") or follows_link):
        raise Failure("forbidden", "this request comes from another site")
    if (
        method not in _SAFE
        and headers.get("content-type", "").partition(";")[0].strip() != "application/json"
    ):
        # Forms and other requests that browsers send without asking have other types.
        raise Failure("forbidden", "changes are sent as application/json")


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message.get("headers", ())}
            more = [
                (name.encode(), value.encode())
                for name, value in _HEADERS.items()
                if name.encode() not in own
            ]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return sent


async def _refuse(send: Send, failure: Failure) -> None:
    body = json.dumps(failure.answer()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": failure.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
