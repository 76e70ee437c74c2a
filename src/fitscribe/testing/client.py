"""The pytest side's ways to the processes that train."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

_PATIENCE_S = 150


class Processes:
    """The processes that make the checks on one integration, and what they answered.

    Arguments:
        request: what each of them is told: the integration and its trainings.
        path: folders in which they find the framework, the integration and the trainings.
    """

    def __init__(self, request: dict[str, Any], path: Iterable[str | os.PathLike[str]]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="fitscribe-conformance-"))
        self._request = request
        self._environment = self._make_environment(path)
        self._server: subprocess.Popen[str] | None = None
        self._answers: dict[str, dict[str, Any]] = {}

    def _make_environment(self, path: Iterable[str | os.PathLike[str]]) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("FITSCRIBE_") and name != "PYTHONWARNINGS"
        }
        folders = [os.path.abspath(each) for each in path]
        if kept.get("PYTHONPATH"):
            folders.append(kept["PYTHONPATH"])
        return {
            **kept,
            "PYTHONPATH": os.pathsep.join(folders),
            "PYTHONHASHSEED": "0",  # two processes that are compared iterate over sets alike
            "FITSCRIBE_CACHE": str(self._folder / "cache"),
            "FITSCRIBE_KEY": "0" * 64,
            # Threads of these do not survive a fork.
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        }

    def check(self, name: str, training: int) -> dict[str, str]:
        """Have the fork server make one check on one training; start it at the first one."""
        if self._server is None:
            folder = self._new_folder("server")
            with (folder / "stderr").open("w") as log:
                self._server = subprocess.Popen(
                    [sys.executable, "-m", "fitscribe.testing.server"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    cwd=folder,  # some cases write files where they are made
                    env=self._environment,
                )
            self._send({**self._request, "folder": str(self._folder / "server")})
        self._send({"check": name, "training": training})
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            errors = (self._folder / "server" / "stderr").read_text()
            return {
                "verdict": "broken",
                "message": f"the process that makes the checks died:\n{errors[-3000:]}",
            }
        return cast("dict[str, str]", json.loads(line))

    def _send(self, message: dict[str, Any]) -> None:
        assert self._server is not None
        assert self._server.stdin is not None
        try:
            self._server.stdin.write(json.dumps(message) + "\n")
            self._server.stdin.flush()
        except BrokenPipeError:
            return  # it died: the answer that does not come says so

    def order(self, order: str) -> dict[str, Any]:
        """Have a process of its own follow an order; asked again, give the same answer."""
        if order not in self._answers:
            folder = self._new_folder(order)
            request = {**self._request, "folder": str(folder), "order": order}
            arguments = ["-m", "fitscribe.testing.orders"]
            done = self._run(arguments, folder, json.dumps(request))
            self._answers[order] = self._answer(done, done.stdout)
        return self._answers[order]

    def workers(self) -> dict[str, Any]:
        """Have a script train in worker processes; asked again, give the same answer."""
        from fitscribe.testing.workers import SCRIPT

        if "workers" not in self._answers:
            folder = self._new_folder("workers")
            script = folder / "script.py"
            script.write_text(SCRIPT)
            request = {**self._request, "folder": str(folder)}
            done = self._run([str(script), json.dumps(request)], folder, "")
            answer = folder / "answer.json"
            self._answers["workers"] = self._answer(done, answer.read_text() if answer.exists() else "")
        return self._answers["workers"]

    def _new_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def _run(self, arguments: list[str], folder: Path, request: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            input=request,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**self._environment, "FITSCRIBE_STORE": str(folder / "store")},
            timeout=_PATIENCE_S,
        )

    def _answer(self, done: subprocess.CompletedProcess[str], text: str) -> dict[str, Any]:
        if done.returncode or not text:
            return {"died": f"the process ended with {done.returncode}:\n{done.stderr[-3000:]}"}
        return cast("dict[str, Any]", json.loads(text))

    def close(self) -> None:
        """End the server, and remove what the checks wrote."""
        if self._server is not None:
            for stream in (self._server.stdin, self._server.stdout):
                if stream is not None:
                    stream.close()
            self._server.wait(timeout=_PATIENCE_S)
        shutil.rmtree(self._folder, ignore_errors=True)
