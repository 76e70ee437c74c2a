"""``fitscribe ui`` as a process of its own."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.reading.conftest import write_run

from fitscribe.store import Store
from fitscribe.ui import app

from .conftest import Client


def test_it_serves_until_it_is_interrupted(own_store: Path) -> None:
    run = write_run(Store(own_store))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wanted = taken.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "fitscribe.cli", "ui", "--port", str(wanted)],
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None
            assert str(own_store) in process.stderr.readline()
            address = process.stderr.readline()
            assert process.stderr.readline() == "Ctrl+C ends it.\n"
            port = int(re.findall(r"http://127\.0\.0\.1:(\d+)/$", address.strip())[0])
            assert port != wanted, "a port that is taken is passed over"
            client = Client(port)
            assert [row["id"] for row in client.get("runs")["rows"]] == [run]
            # Somebody who waits for changes does not keep it from its end.
            token = client.get("changes")["token"]
            request = f"GET /api/changes?since={token}&wait=25 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            waiting = socket.create_connection(("127.0.0.1", port))
            waiting.sendall(request.encode())
            assert client.get("store")["runs"] == 1
        finally:
            process.send_signal(signal.SIGINT)
            out, said = process.communicate(timeout=20)
            waiting.close()
    assert (process.returncode, out, said) == (0, "", "")


def test_nothing_of_the_server_is_imported_by_what_does_not_serve() -> None:
    code = (
        "import sys, fitscribe, fitscribe.cli.app, fitscribe.reading\n"
        "from fitscribe.reading import notebook, search, latex\n"
        "assert not {'starlette', 'uvicorn', 'numpy', 'fitscribe.ui'} & sys.modules.keys()\n"
        "import fitscribe.ui.report\n"
        "assert not {'starlette', 'uvicorn'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_address_is_documented(empty: Client, own_store: Path) -> None:
    run = write_run(Store(own_store))
    page = (Path(__file__).parents[2] / "docs" / "ui-api.md").read_text(encoding="utf-8")
    documented = {
        (method, path.replace("ID", run))
        for method, path in re.findall(r"`(GET|POST|PATCH) (/api/[\w/]*\w)", page)
    }
    documented |= {("GET", path.replace("ID", run)) for path in re.findall(r"(/api/runs/ID/\w+)", page)}
    for method, path in documented:
        answer = empty.send(method, path, None if method == "GET" else {})
        assert b"there is nothing at" not in answer.content, (method, path)
    source = (Path(app.__file__)).read_text(encoding="utf-8")
    routes = re.findall(r'"(/api/[a-z/{}]*[a-z}])"', source)
    known = {path for _, path in documented}
    for route in routes:
        assert "rest" in route or route.replace("{run}", run) in known, route
