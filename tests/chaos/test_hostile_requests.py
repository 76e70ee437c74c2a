"""Requests as no browser page of ours would send them."""

from __future__ import annotations

import contextlib
import errno
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from tests.ui.conftest import Client, serving

from fitscribe.store import Store

from .hostile import run_of

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

LARGEST = 1_000_000


@pytest.fixture
def client(own_store: Path) -> Any:
    store = Store(own_store)
    run_of(store, "run", {"event": "notes", "text": "as it was"})
    with serving(store) as (_, client):
        yield client
        assert client.get("runs/run")["notes"] == "as it was"


def raw(client: Client, text: bytes) -> bytes:
    """Send bytes as they are, and return what comes until the server closes."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=20) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(text)
        answer = b""
        try:
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except OSError as error:  # it need not read what it has refused
            if error.errno not in (errno.ECONNRESET, errno.ENOTCONN):
                raise
    return answer


def test_the_server_is_for_this_machine_alone(own_store: Path) -> None:
    import ipaddress

    from fitscribe.ui.server import Server

    run_of(Store(own_store), "run")
    with serving(Store(own_store)) as (server, _):
        assert isinstance(server, Server) and server.token is None
        host = server.address.partition("://")[2].partition(":")[0]
        assert host == "localhost" or ipaddress.ip_address(host).is_loopback


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X" * 200])
@pytest.mark.parametrize(
    "path", ["/", "/api/runs", "/api/runs/run", "/api/trash", "/api/nothing", "/static/app.js"]
)
def test_methods(client: Client, method: str, path: str) -> None:
    body = b'{"runs":["run"],"notes":"evil"}'
    for kind in (b"application/json", b"text/plain"):
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
        rest = b"Connection: close\r\nContent-Type: " + kind + b"\r\n\r\n" + body
        answer = raw(client, head.encode() + rest)
        status = answer.split(b" ")[1] if answer else b"closed"
        assert status in (b"400", b"403", b"404", b"405", b"501", b"closed"), answer[:300]
        assert b"Access-Control" not in answer and b"access-control" not in answer


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain; application/json",
        "text/plain;application/json",
        "multipart/form-data; boundary=application/json",
        "application/jsonp",
        "application/json-patch+json",
        "application/csp-report",
        "application/x-www-form-urlencoded",
    ],
)
def test_forms_change_nothing(client: Client, kind: str) -> None:
    body = json.dumps({"notes": "evil", "runs": ["run"]}).encode()
    for method, path in (
        ("PATCH", "/api/runs/run"),
        ("PATCH", "/api/runs"),
        ("POST", "/api/trash"),
        ("POST", "/api/values"),
    ):
        assert client.send(method, path, body, headers={"Content-Type": kind}).status == 403
    assert client.get("runs")["total"] == 1


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "https://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}@evil.example",
        "file://",
        "null",
        " ",
        "http://[::1",
    ],
)
def test_origins(client: Client, origin: str) -> None:
    headers = {"Origin": origin.format(port=client.port), "Content-Type": "application/json"}
    assert client.send("PATCH", "/api/runs/run", {"notes": "evil"}, headers=headers).status == 403
    assert client.send("GET", "/api/runs", headers=headers).status == 403


@pytest.mark.parametrize(
    "host",
    [
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost:80:80",
        "0.0.0.0",
        "[::]",
        "127.1",
        "2130706433",
    ],
)
def test_hosts(client: Client, host: str) -> None:
    answer = client.send("GET", "/api/runs", headers={"Host": host})
    assert answer.status in (400, 403) and b"rows" not in answer.content


def test_a_body_is_read_up_to_its_limit_alone(client: Client) -> None:
    large = b'{"notes":"' + b"x" * LARGEST + b'"}'
    answer = client.send("PATCH", "/api/runs/run", large, headers={"Content-Type": "application/json"})
    assert answer.status == 413
    head = (
        b"PATCH /api/runs/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    chunk = b"%x\r\n%b\r\n" % (300_000, b"x" * 300_000)
    answered = raw(client, head + chunk * 5 + b"0\r\n\r\n")
    assert not answered or b" 413 " in answered[:100]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"notes":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"{}" * 2,
        b"\xff\xfe",
        b'{"notes": 1e999}',
        b'{"notes": ' + b"9" * 10_000 + b"}",
        b'{"notes": "evil", "tags": {"": 1}}',
        b'{"notes": null, "tags": []}',
        b'{"tags": {"a": ' + b"9" * 4000 + b'}, "notes": 5}',
        b"null",
        b"",
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_bodies(client: Client, body: bytes) -> None:
    answer = client.send("PATCH", "/api/runs/run", body, headers={"Content-Type": "application/json"})
    assert answer.status == 400 and answer.json["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/runs?limit=1e308&offset=1e308",
        "/api/runs?limit=-1",
        "/api/runs?limit=nan",
        "/api/runs?sort=" + "a," * 3000,
        "/api/runs?filter=" + "%28" * 3000,
        "/api/runs?" + "column=params.a&" * 3000,
        "/api/series?" + "run=run&name=x&" * 2000 + "px=1e9",
        "/api/complete?text=" + "a" * 9000 + "&cursor=1e300",
        "/api/compare?" + "&".join(f"run={'r' * 3}{i}" for i in range(3000)),
        "/api/groups?by=" + "params.a&by=" * 500,
        "/api/runs/" + "a" * 9000,
        "/api/runs/%ff%fe",
        "/api/runs/run/file?name=%00",
        "/api/runs/run/file?name=a&entry=" + "../" * 2000,
        "/api/changes?token=" + "x" * 9000 + "&timeout=0",
        "/" + "a" * 60_000,
    ],
    ids=lambda path: path[:24],
)
def test_addresses(client: Client, path: str) -> None:
    answer = client.send("GET", path)
    assert answer.status in (200, 400, 404, 413, 414, 431), answer.content[:500]


def test_requests_that_never_end_hold_nobody_up(client: Client) -> None:
    waiting = []
    try:
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", client.port), timeout=20)
            connection.sendall(b"GET /api/runs HTTP/1.1\r\nHost: localhost\r\nX: ")
            waiting.append(connection)
        assert client.get("runs")["total"] == 1
    finally:
        for connection in waiting:
            connection.close()
