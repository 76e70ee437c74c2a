"""`fitscribe run`: the script notices nothing, and everything it starts is recorded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import fitscribe
from fitscribe.store import Store

from .conftest import process

pytest.importorskip("sklearn")

FIT = "from sklearn.linear_model import Ridge\nRidge(alpha={alpha}).fit([[0.0], [1.0]], [0.0, 1.0])\n"


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def run(folder: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return process("run", *arguments, cwd=folder, **options)


def alphas() -> list[Any]:
    return sorted(run.params["alpha"] for run in fitscribe.search_runs())


WHO = """
    import json, os, sys
    print(json.dumps({
        "argv": sys.argv,
        "name": __name__,
        "file": __file__,
        "main": sys.modules["__main__"].__dict__ is globals(),
        "path": sys.path,
        "flags": list(sys.flags),
        "modules": "click" in sys.modules or "rich" in sys.modules,
        "spec": None if __spec__ is None else __spec__.name,
    }))
    """


@pytest.mark.parametrize(
    "command", [["train.py", "--lr", "0.1", "-m", "x"], ["-m", "package.train", "--help"]]
)
def test_a_script_sees_what_it_would_see_under_python(tmp_path: Path, command: list[str]) -> None:
    script(tmp_path, WHO)
    script(tmp_path, WHO, "package/train.py")
    bare = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    recorded = run(tmp_path, *command)
    assert (recorded.returncode, recorded.stderr) == (0, "")
    assert json.loads(recorded.stdout) == json.loads(bare.stdout)


def test_code_and_standard_input_run_too(tmp_path: Path) -> None:
    assert (
        run(tmp_path, "-c", "import sys; print(sys.argv)", "a", "--store").stdout
        == "['-c', 'a', '--store']\n"
    )
    assert run(tmp_path, "-", "x", input="import sys; print(sys.argv)").stdout == "['-', 'x']\n"


def test_exit_codes_output_and_tracebacks_are_the_scripts(tmp_path: Path) -> None:
    script(tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    done = run(tmp_path, "train.py")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    script(tmp_path, "def f():\n    1 / 0\nf()\n", "dies.py")
    bare = subprocess.run([sys.executable, "dies.py"], cwd=tmp_path, capture_output=True, text=True)
    dead = run(tmp_path, "dies.py")
    assert (dead.returncode, dead.stderr) == (1, bare.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="there the script is a child process")
def test_the_script_is_the_process_that_was_started(tmp_path: Path) -> None:
    script(tmp_path, "import os, time; print(os.getpid(), flush=True); time.sleep(60)")
    command = [sys.executable, "-m", "fitscribe.cli", "run", "train.py"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == f"{running.pid}\n"
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == -signal.SIGTERM


def test_a_script_without_a_line_is_recorded_and_named_after_its_launch(tmp_path: Path) -> None:
    script(tmp_path, FIT.format(alpha=1.5))
    done = run(tmp_path, "train.py")
    assert done.returncode == 0 and done.stdout == ""
    (found,) = fitscribe.search_runs()
    assert (found.params["alpha"], found.experiment, found.status) == (1.5, "train", "finished")
    assert found.source["argv"] == ["train.py"]


CHILDREN = {
    "subprocess": """
        import subprocess, sys
        subprocess.run([sys.executable, "child.py"], check=True)
        """,
    "fork": """
        import multiprocessing
        def work(alpha):
            import child
        multiprocessing.get_context("fork").Process(target=work, args=(1,)).start()
        """,
    "spawn": """
        import multiprocessing
        class Work:  # a class of the script, which the child finds in its own __main__
            def __call__(self):
                import child
        if __name__ == "__main__":
            process = multiprocessing.get_context("spawn").Process(target=Work())
            process.start()
            process.join()
            raise SystemExit(process.exitcode)
        """,
    "loky": """
        from joblib import Parallel, delayed
        def work():
            import child
        if __name__ == "__main__":
            Parallel(n_jobs=2)([delayed(work)()])
        """,
}


@pytest.mark.parametrize("kind", CHILDREN)
def test_child_processes_are_recorded_in_the_same_launch(tmp_path: Path, kind: str) -> None:
    script(tmp_path, FIT.format(alpha=7.0), "child.py")
    script(tmp_path, CHILDREN[kind])
    done = run(tmp_path, "train.py")
    assert done.returncode == 0, done.stderr
    assert alphas() == [7.0]
    (found,) = fitscribe.search_runs()
    assert found.experiment == ("child" if kind == "subprocess" else "train")


MINE = """
    from joblib import Parallel, delayed
    from sklearn.base import BaseEstimator, RegressorMixin

    class Mean(RegressorMixin, BaseEstimator):
        def __init__(self, alpha=0.0):
            self.alpha = alpha
        def fit(self, X, y):
            self.mean_ = sum(y) / len(y) + self.alpha
            return self

    def work(alpha):
        return Mean(alpha=alpha).fit([[0.0], [1.0]], [0.0, 1.0])

    if __name__ == "__main__":
        WORK
        for model in found:
            assert type(model) is Mean and model.mean_ == model.alpha + 0.5
        Mean(alpha=5.0).fit([[0.0], [1.0]], [0.0, 1.0])
    """


@pytest.mark.parametrize(
    "work",
    [
        "found = Parallel(n_jobs=2)(delayed(work)(float(n)) for n in range(4))",
        (
            "from joblib.externals.loky import get_reusable_executor as pool; "
            "found = list(pool(max_workers=2).map(work, [0.0, 1.0, 2.0, 3.0]))"
        ),
    ],
    ids=["parallel", "executor"],
)
def test_a_class_of_the_scripts_is_seen_in_loky_workers(tmp_path: Path, work: str) -> None:
    script(tmp_path, MINE.replace("WORK", work))
    run(tmp_path, "train.py", check=True)
    assert alphas() == [0.0, 1.0, 2.0, 3.0, 5.0]


GROUP = """
    import fitscribe
    from concurrent.futures import ProcessPoolExecutor
    from joblib import Parallel, delayed
    from sklearn.linear_model import Ridge

    def work(alpha):
        fitscribe.log_metric("seen", alpha)
        Ridge(alpha=alpha).fit([[0.0], [1.0]], [0.0, 1.0])

    if __name__ == "__main__":
        with fitscribe.start_run("group", experiment="mine"):
            WORK
        Ridge(alpha=9.0).fit([[0.0], [1.0]], [0.0, 1.0])
    """


def test_what_worker_processes_log_belongs_to_the_run_of_the_script(tmp_path: Path) -> None:
    opening = 'with fitscribe.start_run("group", experiment="mine"):'
    logging = "fitscribe.log_metric('seen', 0.0)\n        if True:"
    work = "Parallel(n_jobs=2)(delayed(work)(alpha) for alpha in (1.0, 2.0))"
    script(tmp_path, GROUP.replace(opening, logging).replace("WORK", work))
    run(tmp_path, "train.py", check=True)
    runs = fitscribe.search_runs()
    (logged,) = [each for each in runs if each.metrics.keys() & {"seen"}]
    assert sorted(logged.series("seen").values) == [0.0, 1.0, 2.0] and not logged.children
    assert logged.status == "finished"
    assert sorted(each.params["alpha"] for each in runs if "alpha" in each.params) == [1.0, 2.0, 9.0]


@pytest.mark.parametrize(
    "work",
    [
        "Parallel(n_jobs=2)(delayed(work)(alpha) for alpha in (1.0, 2.0))",
        "with ProcessPoolExecutor(1) as pool: list(pool.map(work, (1.0, 2.0)))",
    ],
    ids=["joblib", "process pool"],
)
def test_what_worker_processes_train_belongs_to_the_run_that_was_open(tmp_path: Path, work: str) -> None:
    script(tmp_path, GROUP.replace("WORK", work))
    run(tmp_path, "train.py", check=True)
    store = Store.locate()
    runs = [fitscribe.get_run(run_id) for run_id in store.run_ids()]
    (group,) = [each for each in runs if each.name == "group"]
    assert (group.status, group.experiment) == ("finished", "mine")
    assert sorted(group.series("seen").values) == [1.0, 2.0]
    trained = {each.params["alpha"]: each for each in runs if "alpha" in each.params}
    assert sorted(trained) == [1.0, 2.0, 9.0]
    for alpha in (1.0, 2.0):
        # In one worker they are a loop, and their sweep is the child.
        parents = [trained[alpha].parent]
        parents += [each.parent for each in parents if each is not None]
        assert group.id in [each.id for each in parents if each is not None]
        assert trained[alpha].experiment == "mine"
    assert trained[9.0].parent is None


def test_parent_and_children_share_a_launch(tmp_path: Path) -> None:
    script(tmp_path, FIT.format(alpha=2.0), "child.py")
    script(
        tmp_path,
        "import subprocess, sys\nsubprocess.run([sys.executable, 'child.py'], check=True)\n"
        + FIT.format(alpha=1.0),
    )
    run(tmp_path, "train.py", check=True)
    assert alphas() == [1.0, 2.0]
    assert len({found.launch_id for found in fitscribe.search_runs()}) == 1


def test_the_store_is_fixed_at_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FITSCRIBE_STORE")
    project = tmp_path / "project"
    (project / "inner").mkdir(parents=True)
    (project / "pyproject.toml").touch()
    script(project, "import os\nos.chdir('/')\n" + FIT.format(alpha=1.0), "inner/train.py")
    run(project / "inner", "train.py", check=True)
    assert len(Store(project / ".fitscribe").run_ids()) == 1


def test_an_option_names_the_store(tmp_path: Path) -> None:
    script(tmp_path, FIT.format(alpha=1.0))
    run(tmp_path, "--store", "elsewhere", "train.py", check=True)
    assert len(list((tmp_path / "elsewhere" / "runs").iterdir())) == 1
    run(tmp_path, "--store=third", "--", "train.py", check=True)
    assert len(list((tmp_path / "third" / "runs").iterdir())) == 1


def test_the_users_own_sitecustomize_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "print('mine')", "site/sitecustomize.py")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    script(tmp_path, "import sys, sitecustomize; print(sitecustomize.__file__)\n" + FIT.format(alpha=1.0))
    done = run(tmp_path, "train.py", check=True)
    # Once for the command line itself, whose output is flushed before the script's.
    assert done.stdout == f"mine\nmine\n{tmp_path / 'site' / 'sitecustomize.py'}\n"
    assert alphas() == [1.0]


def test_a_python_without_fitscribe_stays_silent(tmp_path: Path) -> None:
    ask = "import sys; print('fitscribe' in sys.modules, [p for p in sys.path if 'startup' in p])"
    script(tmp_path, ask, "child.py")
    # Isolated from its site-packages, this Python is one in which nothing is installed.
    start = "import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', CODE], check=True)\n"
    code = "import site; site.execsitecustomize(); import child"
    script(tmp_path, f"CODE = {code!r}\n{start}")
    done = run(tmp_path, "train.py", check=True)
    assert (done.stdout, done.stderr) == ("False []\n", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Name a script or a module: fitscribe run train.py"),
        (["-m"], "Name the module: fitscribe run -m package.train"),
        (["missing.py"], "There is no script 'missing.py'."),
        (
            ["package.train"],
            "There is no script 'package.train'. For a module: fitscribe run -m package.train",
        ),
        (["python3", "train.py", "-x"], "fitscribe run starts Python itself: fitscribe run train.py -x"),
        (["--stor", "x", "train.py"], "No such option"),
    ],
)
def test_what_python_would_not_start_is_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = run(tmp_path, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr and "Traceback" not in done.stderr


def test_a_wrong_option_is_said_before_the_script_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, "print('started')")
    monkeypatch.setenv("FITSCRIBE_MODELS", "perhaps")
    done = run(tmp_path, "train.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "FITSCRIBE_MODELS: models is true or false or 'pickle'" in done.stderr


def test_a_pyproject_that_cannot_be_read_is_said_once_and_the_script_runs(tmp_path: Path) -> None:
    script(tmp_path, "import subprocess, sys\nprint('started')\nsubprocess.run([sys.executable, '-c', ''])")
    (tmp_path / "pyproject.toml").write_text("<<<<<<< HEAD\n[tool.fitscribe]\nmodels = false\n=======\n")
    done = run(tmp_path, "train.py")
    assert (done.returncode, done.stdout) == (0, "started\n")
    (line,) = done.stderr.splitlines()
    assert "pyproject.toml is not valid TOML" in line and "line 1" in line
    found = process("doctor", cwd=tmp_path)
    assert found.returncode == 1 and found.stderr == ""
    assert "pyproject.toml is not valid TOML" in found.stdout and "mend the file" in found.stdout


def test_the_environment_carries_the_launch_and_the_store_and_nothing_else() -> None:
    from fitscribe.cli.run import launch_environment

    before = {"HOME": "/home/me", "PYTHONPATH": os.pathsep.join(["a", "b"])}
    after = launch_environment(before, store="/store")
    assert set(after) - set(before) == {"FITSCRIBE_ACTIVE", "FITSCRIBE_LAUNCH", "FITSCRIBE_STORE"}
    startup, *rest = after["PYTHONPATH"].split(os.pathsep)
    assert rest == ["a", "b"] and (Path(startup) / "sitecustomize.py").is_file()
    again = launch_environment(after, store="/store")
    assert again["PYTHONPATH"] == after["PYTHONPATH"]
    assert again["FITSCRIBE_LAUNCH"] != after["FITSCRIBE_LAUNCH"]
