"""What holds for every command: pipes, encodings, help, and the page that documents them."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from fitscribe.cli.app import COMMANDS, app
from fitscribe.cli.charset import readable_in_any_encoding

from .conftest import Builder, Result, process

Run = Callable[..., Result]
PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def commands() -> dict[str, click.Command]:
    context = click.Context(app)
    found = {name: app.get_command(context, name) for name in COMMANDS}
    return {name: command for name, command in found.items() if command is not None}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    section = re.search(rf"^## fitscribe {name}$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/cli.md has no section about fitscribe {name}"
    for parameter in commands()[name].params:
        if isinstance(parameter, click.Option):
            for option in parameter.opts:
                assert f"`{option}" in section[1], f"docs/cli.md does not say what {name} {option} means"


def test_nothing_is_documented_that_is_not_there() -> None:
    assert re.findall(r"^## fitscribe (\w+)$", PAGE, re.MULTILINE) == list(COMMANDS)
    for name, command in commands().items():
        known = {option for each in command.params for option in each.opts} | {"--help"}
        section = PAGE.partition(f"## fitscribe {name}\n")[2].partition("\n## ")[0]
        for option in re.findall(r"^\| `(--[\w-]+)", section, re.MULTILINE):
            assert option in known, f"docs/cli.md describes {name} {option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, fitscribe: Run) -> None:
    found = fitscribe(name, "--help")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"Usage: fitscribe {name} ")
    assert all(len(line) <= 80 for line in found.out.splitlines())


def test_help_names_the_commands_and_the_version_itself(fitscribe: Run) -> None:
    found = fitscribe("--help")
    assert found.code == 0 and all(f"\n  {name} " in found.out for name in COMMANDS)
    assert fitscribe("--version").out.startswith("fitscribe ")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("lss", "Did you mean: fitscribe ls"),
        ("train.py", "Did you mean: fitscribe run train.py"),
        ("?", "The commands"),
    ],
)
def test_an_unknown_command_gets_a_remedy(fitscribe: Run, typed: str, said: str) -> None:
    found = fitscribe(typed)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_closed_pipe_is_quiet(build: Builder) -> None:
    for number in range(30):
        build.run(f"run{number:09}", "x" * 5000)
    for arguments in (["ls"], ["ls", "--json"], ["show", "latest", "--full"], ["export"]):
        command = [sys.executable, "-m", "fitscribe.cli", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            assert running.stdout is not None and running.stderr is not None
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait(60) == 0


def test_another_encoding_shows_something_close(build: Builder) -> None:
    build.run("aaaaaa111111", "naïve 日本", metrics={"loss": [3.0, 2.0, 1.0]})
    done = subprocess.run(
        [sys.executable, "-m", "fitscribe.cli", "show", "latest"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=True,
    )
    text = done.stdout.decode("ascii")
    assert text.startswith("na?ve ??  aaaaaa111111  finished\n")
    assert "  3.0 |**" in text and "+-----" in text and done.stderr == b""


def test_characters_have_stand_ins() -> None:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")
    readable_in_any_encoding(stream)
    stream.write("a…b · 3 × 4 → █▏⠉⠀é")
    stream.flush()
    assert buffer.getvalue() == b"a...b - 3 x 4 -> ##* ?"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(fitscribe: Run, shell: str) -> None:
    found = fitscribe("completion", shell)
    assert found.code == 0 and "_FITSCRIBE_COMPLETE" in found.out
    assert fitscribe("completion", "cmd").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("fitscribe s", ["plain,show"]),
        ("fitscribe ls --js", ["plain,--json"]),
        ("fitscribe show aa", ["plain,aaaaaa111111"]),
        ("fitscribe show la", ["plain,latest"]),
        ("fitscribe run tra", ["file,tra"]),
        ("fitscribe restore x", []),
        ("fitscribe nonsense x", []),
    ],
)
def test_shells_complete_commands_options_and_ids(build: Builder, words: str, expected: list[str]) -> None:
    build.run("aaaaaa111111")
    code = "import sys; sys.argv = ['fitscribe']; from fitscribe.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "_FITSCRIBE_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        },
    )
    assert (done.stdout.split(), done.stderr) == (expected, "")


def test_reading_commands_import_no_framework(build: Builder) -> None:
    build.run("aaaaaa111111", metrics={"loss": [1.0, 2.0]})
    code = (
        "import sys; from fitscribe.cli import main; main(['ls']); main(['show', 'latest']); "
        "sys.exit(str({'sklearn', 'pandas', 'matplotlib', 'narwhals'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == "set()\n"
    assert process("ls").returncode == 0


def test_the_help_says_which_commands_take_json(fitscribe: Run) -> None:
    assert "list, show, compare, check or tidy up take --json" in " ".join(fitscribe("--help").out.split())
    taking = {name for name in COMMANDS if "--json" in fitscribe(name, "--help").out}
    assert taking == {"ls", "show", "compare", "rm", "restore", "purge", "doctor"}


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", ["ls", "show aaaaaa", "export", "show nothing", "run -c 'print(1)'"])
def test_closed_streams_hurt_nobody(closed: str, command: str, build: Builder) -> None:
    build.run("aaaaaa111111")
    line = f"{sys.executable} -m fitscribe.cli {command} {closed}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert done.returncode == ("nothing" in command) and "Traceback" not in done.stderr
