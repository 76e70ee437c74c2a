"""Serving a store."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Sequence

import uvicorn

from fitscribe.store import Store
from fitscribe.ui.app import application

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Of a port that is taken, so many after it are tried.
_TRIED = 20
# A name may have a million characters, each of which takes up to three in an address.
_LONGEST_ADDRESS = 1 << 22


class Server:
    """A server that listens, and answers once it runs.

    Args:
        store: the store.
        host: the address to listen at.
        port: the port; the next one that is free where it is taken, any free one for 0.
        ask_token: whether a token is asked for at a loopback address, too.
        names: host names by which the server may be called, beside this machine's own and addresses.

    Raises:
        OSError: the address cannot be listened at.
    """

    def __init__(
        self, store: Store, host: str, port: int, *, ask_token: bool = False, names: Sequence[str] = ()
    ) -> None:
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        is_open = host not in _LOOPBACK
        self.token = secrets.token_urlsafe(24) if is_open or ask_token else None
        known = [socket.gethostname(), socket.getfqdn(), *names] if is_open or names else None
        config = uvicorn.Config(
            application(store, token=self.token, names=known, is_ending=lambda: self._server.should_exit),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=5,
            # What is longer is answered by nobody: the connection is closed.
            h11_max_incomplete_event_size=_LONGEST_ADDRESS,
        )
        self._server = uvicorn.Server(config)
        self._host = host

    @property
    def address(self) -> str:
        """The URL to open, with the token if there is one."""
        host = self._host
        if host in ("0.0.0.0", "::", ""):
            host = socket.gethostname()
        elif ":" in host:
            host = f"[{host}]"
        return f"http://{host}:{self.port}/" + (f"?token={self.token}" if self.token else "")

    def run(self, started: Callable[[], object] = lambda: None) -> None:
        """Answer requests until the process is interrupted, or :meth:`stop` is called.

        Args:
            started: called before the first request is answered; the port is open then.
        """
        started()
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End `run`, from another thread."""
        self._server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    last: OSError | None = None
    for candidate in range(port, port + _TRIED) if port else (0,):
        try:
            return _bound(host, candidate)
        except OSError as error:
            last = error
    raise OSError(f"cannot listen at {host}:{port}: {last}") from last


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    found = socket.socket(family, kind, protocol)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(128)
        found.setblocking(False)
    except OSError:
        found.close()
        raise
    return found
