"""Git is asked so that a script that looks after child processes of its own notices nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from fitscribe.capture import asking, git

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no child is met by chance on Windows")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository, and beside it a `git` that begins its work when the pipe `go` is opened."""
    repository = tmp_path / "project"
    repository.mkdir()
    (repository / "kept.txt").write_text("kept")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "first"],
    ):
        subprocess.run(["git", *command], cwd=repository, check=True)
    return repository


def _slow_git(folder: Path) -> Path:
    programs = folder.parent / "bin"
    programs.mkdir()
    os.mkfifo(programs / "go")
    program = programs / "git"
    program.write_text(
        f"""#!/bin/sh
if mkdir {programs}/begun 2>/dev/null; then read -r _ < {programs}/go; fi
exec {shutil.which("git")} "$@"
"""
    )
    program.chmod(0o755)
    return programs


def _run(folder: Path, script: str, **environment: str) -> Any:
    """Run a script that prints JSON in the end."""
    path = folder / "train.py"
    path.write_text(textwrap.dedent(script))
    done = subprocess.run(
        [sys.executable, str(path)],
        cwd=folder,
        env={**os.environ, "FITSCRIBE_STORE": str(folder.parent / "store"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _launch(folder: Path) -> tuple[dict[str, Any], Path]:
    (launch,) = (folder.parent / "store" / "launches").iterdir()
    return json.loads((launch / "launch.json").read_text()), launch


def test_a_wait_for_workers_meets_no_git(folder: Path) -> None:
    programs = _slow_git(folder)
    found = _run(
        folder,
        f"""
        import json, os, time
        import fitscribe
        with fitscribe.start_run():
            pass
        while not os.path.exists({str(programs / "begun")!r}):
            time.sleep(0.001)
        worker = os.fork()
        if not worker:
            os._exit(0)
        first = os.wait()[0]
        open({str(programs / "go")!r}, "w").close()
        try:
            second = os.wait()
        except ChildProcessError:
            second = None
        print(json.dumps([first == worker, second]))
        """,
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
    )
    assert found == [True, None]
    launch, files = _launch(folder)
    assert launch["source"]["git"]["commit"] and launch["source"]["git"]["untracked"] == ["train.py"]
    assert "# untracked: train.py" in (files / "source.diff").read_text()


def test_a_handler_of_the_script_is_called_for_its_own_children_alone(folder: Path) -> None:
    called = _run(
        folder,
        """
        import atexit, json, signal
        called = []
        atexit.register(lambda: print(json.dumps(called)))  # after fitscribe has asked all it asks
        signal.signal(signal.SIGCHLD, lambda *_: called.append(1))
        import fitscribe
        with fitscribe.start_run():
            pass
        """,
    )
    assert called == []
    launch, files = _launch(folder)
    assert launch["source"]["git"] == {
        "not_read": "git was not asked: the script has a SIGCHLD handler of its own, which would notice it"
    }
    assert "import fitscribe" in (files / "script.txt").read_text()


def test_a_script_in_the_middle_of_a_wait_for_any_child_meets_none(folder: Path) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux tells what a thread waits for")
    met, found = _run(
        folder,
        """
        import json, os, threading
        from fitscribe import capture
        from fitscribe.capture.noticing import noticed_by
        receiver, sender = os.pipe()
        worker = os.fork()
        if not worker:
            os.close(sender)
            os.read(receiver, 1)
            os._exit(0)
        found = []
        def ask():
            while not noticed_by():
                pass
            found.append(capture.source()["git"])
            os.close(sender)
        thread = threading.Thread(target=ask)
        thread.start()
        met = os.wait()[0] == worker
        thread.join()
        found.append(capture.source()["git"])
        print(json.dumps([met, found]))
        """,
    )
    assert met
    assert list(found[0]) == ["not_read"] and "waits for any child process" in found[0]["not_read"]
    assert found[1]["commit"]


@pytest.mark.parametrize("previous", ["None", "lambda *_: None"])
def test_the_handler_of_a_data_loader_is_looked_through(folder: Path, previous: str) -> None:
    found = _run(
        folder,
        f"""
        import json, signal
        from fitscribe import capture
        code = '''
        def set_handler(previous_handler):
            def handler(signum, frame):
                if previous_handler is not None:
                    previous_handler(signum, frame)
            signal.signal(signal.SIGCHLD, handler)
        '''
        import textwrap
        module = {{"__name__": "torch.utils.data._utils.signal_handling", "signal": signal}}
        exec(textwrap.dedent(code), module)
        module["set_handler"]({previous})
        print(json.dumps(capture.source()["git"]))
        """,
    )
    assert ("commit" in found) == (previous == "None")


def test_children_that_nobody_waits_for(folder: Path) -> None:
    """Where the signal is ignored, no process can be waited for: git's answers come all the same."""
    found = _run(
        folder,
        """
        import json, signal
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        from fitscribe import capture
        from fitscribe.capture import git
        print(json.dumps([capture.source()["git"], git.ask(".", "frobnicate").error]))
        """,
    )
    assert found[0]["commit"] and "not a git command" in found[1]


def test_paths_are_those_of_the_repository(folder: Path) -> None:
    (folder / "part").mkdir()
    (folder / "new.txt").write_text("")
    (folder / "kept.txt").write_text("changed")
    found = git.repository(str(folder / "part"), str(folder / "kept.txt"), changed=True)
    assert (found["root"], found["dirty"], found["untracked"]) == (str(folder), True, ["new.txt"])
    assert git.has(found["root"], str(folder / "kept.txt"))
    assert "+++ b/kept.txt" in git.changes(found["root"], commit=True).output


def test_what_a_shell_would_read_stays_text(folder: Path) -> None:
    odd = "$(touch ran) `touch ran` \"'; touch ran #\n%s"
    (folder / odd.replace("/", "")).write_text("")
    said = git.ask(str(folder), "rev-parse", "--verify", odd).error
    assert said and not (folder / "ran").exists()
    assert git.repository(str(folder), str(folder / odd))["untracked"] == [odd]
    assert not (folder / "ran").exists()


@pytest.mark.parametrize(("output", "problem"), [("", "git took longer than 0 s"), ("yes", "")])
def test_a_git_that_does_not_end_is_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, problem: str
) -> None:
    programs = _slow_git(folder)
    os.mkfifo(programs / "alive")
    (programs / "git").write_text(f"#!/bin/sh\nexec 9<>{programs}/alive\n{output or 'sleep 600'}\n")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(asking, "TIMEOUT_S", 5.0 if output else 0.2)
    alive = os.open(programs / "alive", os.O_RDONLY | os.O_NONBLOCK)
    answer = git.ask(str(folder), "status", limit=1000)
    assert (len(answer.output), answer.complete, answer.error) == (1000 if output else 0, not output, problem)
    os.set_blocking(alive, True)
    assert os.read(alive, 1) == b""  # nobody has it open any more
    os.close(alive)


def test_a_script_that_closes_all_descriptors_keeps_its_own(folder: Path) -> None:
    said, text = _run(
        folder,
        """
        import json, os
        from fitscribe import capture
        source = capture.source()
        os.closerange(3, 64)
        own = [open("own.txt", "w+") for _ in range(40)]
        said = capture.diff(source)
        for file in own:
            file.write("own ")
            file.flush()
        print(json.dumps([said, open("own.txt").read()]))
        """,
    )
    assert "# no diff: the script closed the pipe" in said and text.strip() == "own"
