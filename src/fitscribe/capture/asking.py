"""Starting `git` so that the script notices no process of it: neither a child, nor a file, nor a signal."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

from fitscribe.capture.noticing import noticed_by

TIMEOUT_S = 5.0

# Another repository than the folder's own: set inside of git's hooks.
_ELSEWHERE = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"})
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",  # a status that writes the index would be in the way of the user's own git
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
# Programs that a repository's own configuration could have git start.
_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.external=", "--no-pager")
_PIECE = 1 << 16
_ERROR_BYTES = 400
_OVER = "git ended without an answer"


class Answer(NamedTuple):
    """What one git command printed.

    Attributes:
        output: its standard output, at most as long as was asked for.
        complete: whether that is all of it.
        error: why there is no answer; empty if there is one.
    """

    output: str
    complete: bool = True
    error: str = ""


class Unasked(Exception):
    """Git is not started; the message says why."""


def begin(folder: str, questions: Sequence[Sequence[str]]) -> Asked:
    """Have git answer some questions, one after the other; nothing more is asked where the first fails.

    Args:
        folder: where to run it.
        questions: commands with their options.

    Raises:
        Unasked: there is no git, or it must not be started here.
    """
    import shutil

    # By its path: to look for a name, `subprocess` changes the filters of warnings for a moment, and what a
    # script was warned of once would be shown once more.
    program = shutil.which("git")
    if program is None:
        raise Unasked("git is not installed")
    if noticed := noticed_by():
        raise Unasked(f"git was not asked: {noticed}, which would notice it")
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    kind = _AskedOnWindows if sys.platform == "win32" else _AskedByShell
    try:
        return kind(folder, os.path.abspath(program), questions, {**environment, **_ENVIRONMENT})
    except OSError as error:
        raise Unasked(f"git cannot be run: {error.strerror or error}") from error


class Asked:
    """Questions that git is at work on.

    Attributes:
        is_over: whether there will be no further answer.
    """

    is_over = False

    def answer(self, limit: int) -> Answer:
        """Wait for the answer to the next question.

        Args:
            limit: the most bytes of output to read; git is ended where it prints more.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End what git has not done yet."""


class _AskedByShell(Asked):
    """Git as a grandchild: the shell that starts it has ended before `git` has.

    A child for all of git's time would be met by an ``os.wait()`` of the script's for its own workers. All
    comes through one pipe: for each question git's output, a token nobody knows, the exit status and what git
    complained of, and the token again.
    """

    def __init__(
        self, folder: str, program: str, questions: Sequence[Sequence[str]], environment: dict[str, str]
    ) -> None:
        import subprocess

        # The first process of a container inherits every orphan, and nobody else would wait for this one.
        self._is_child = os.getpid() == 1
        self._token = os.urandom(16).hex().encode()
        arguments = [argument for question in questions for argument in (*_SAFE, *question)]
        script = _script([len(_SAFE) + len(question) for question in questions], wait=self._is_child)
        self._pipe, sender = os.pipe()
        self._opened = os.fstat(self._pipe)
        try:
            # In a session of its own: git and the shell are ended as one group, and by no Ctrl-C.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", script, "sh", program, self._token.decode(), *arguments],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=sender,
                stderr=subprocess.DEVNULL,
                env=environment,
                start_new_session=True,
            )
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(sender)
        if not self._is_child:
            self._process.wait()  # an `os.wait()` that was faster is none of its errors
        self._data = bytearray()
        self._problem = ""

    def answer(self, limit: int) -> Answer:
        deadline = time.monotonic() + TIMEOUT_S
        while not self.is_over:
            end = self._data.find(self._token)
            if end < 0 and len(self._data) > limit:
                self._end(_OVER)
                return Answer(self._data[:limit].decode("utf-8", "replace"), complete=False)
            if end >= 0 and (after := self._data.find(self._token, end + 1)) >= 0:
                return self._answer(end, after, limit)
            self._read(deadline)
        return Answer("", error=self._problem)

    def _read(self, deadline: float) -> None:
        import select

        poll = select.poll()  # `select.select` takes no numbers beyond 1023, and a script may have many files
        poll.register(self._pipe, select.POLLIN)
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            self._end(f"git took longer than {TIMEOUT_S:.0f} s")
        elif not self._is_open():
            self._end("the script closed the pipe that git answers through")
        elif piece := os.read(self._pipe, _PIECE):
            self._data += piece
        else:
            self.is_over, self._problem = True, _OVER

    def _answer(self, end: int, after: int, limit: int) -> Answer:
        output = self._data[: min(end, limit)].decode("utf-8", "replace")
        status, _, said = self._data[end + len(self._token) : after].partition(b"\n")
        del self._data[: after + len(self._token)]
        problem = ""
        if status != b"0":
            first = said.decode("utf-8", "replace").strip().partition("\n")[0]
            problem = first.removeprefix("fatal: ") or f"git ended with {status.decode()}"
        return Answer(output, end <= limit, problem)

    def close(self) -> None:
        if not self.is_over:
            self._end(_OVER)
        if self._is_open():
            os.close(self._pipe)
        self._process.wait()

    def _is_open(self) -> bool:
        """Whether a script that closes all descriptors, as daemons do, has left this one."""
        try:
            return os.path.samestat(self._opened, os.fstat(self._pipe))
        except OSError:
            return False

    def _end(self, problem: str) -> None:
        """End git and the shell; their group has its number for as long as one of them is there."""
        self.is_over, self._problem = True, problem
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # they have just ended


def _script(counts: Sequence[int], *, wait: bool) -> str:
    """What the shell does: nothing of it is text of anybody's, all that is comes as its arguments.

    Args:
        counts: how many arguments each question has; they follow the program and the token.
        wait: stay until git has ended.
    """
    lines, start = ["exec 3>&1"], 3
    for count in counts:
        arguments = " ".join(f'"${{{at}}}"' for at in range(start, start + count))
        lines.append(f'said=$("$1" {arguments} 2>&1 >&3 3>&-); status=$?')
        lines.append(f'printf "%s%d\\n%.{_ERROR_BYTES}s%s" "$2" $status "$said" "$2"')
        if start == 3:
            lines.append("[ $status -eq 0 ] || exit 0")
        start += count
    return "(\n" + "\n".join(lines) + "\n)" + ("" if wait else " &")


class _AskedOnWindows(Asked):
    """Git as a child, which is nobody's to meet there, started when an answer is wanted."""

    def __init__(
        self, folder: str, program: str, questions: Sequence[Sequence[str]], environment: dict[str, str]
    ) -> None:
        self._folder, self._program, self._environment = folder, program, environment
        self._questions = list(questions)

    def answer(self, limit: int) -> Answer:
        import subprocess
        import tempfile

        from fitscribe.engine.temporary import place

        command = [self._program, *_SAFE, *self._questions.pop(0)]
        self.is_over = not self._questions
        # Into files, not pipes: they need neither a thread nor select to be read with a limit in bytes and in
        # time.
        with tempfile.TemporaryFile(dir=place()) as output, tempfile.TemporaryFile(dir=place()) as errors:
            try:
                process = subprocess.Popen(
                    command,
                    cwd=self._folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    env=self._environment,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError as error:
                return Answer("", error=f"git cannot be run: {error.strerror or error}")
            problem = ""
            deadline = time.monotonic() + TIMEOUT_S
            while process.poll() is None and not problem:
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    if os.fstat(output.fileno()).st_size > limit:
                        process.kill()
                    elif time.monotonic() > deadline:
                        process.kill()
                        problem = f"git took longer than {TIMEOUT_S:.0f} s"
            process.wait()
            output.seek(0)
            content = output.read(limit + 1)
            complete = len(content) <= limit
            if process.returncode and complete and not problem:
                errors.seek(0)
                said = errors.read(_ERROR_BYTES).decode("utf-8", "replace").strip()
                first = said.partition("\n")[0].removeprefix("fatal: ")
                problem = first or f"git ended with {process.returncode}"
            return Answer(content[:limit].decode("utf-8", "replace"), complete, problem)
