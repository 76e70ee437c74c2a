"""A store as somebody would make it who means harm to whoever reads it."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fitscribe.store import Store

STEER = "\x1b]0;owned\x07\x1b[2J\x1b[31m\u202e\u200b\x9b31m\r\n"
"""What would steer a terminal, or turn a line around."""

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'>&"

# What each trap leaves behind when it is imported, by its own name, in the folder that FITSCRIBE_TRAPS names.
_TRAP = """
import os
os.makedirs(os.path.join(os.environ["FITSCRIBE_TRAPS"], {name!r}), exist_ok=True)
"""
_TRAPS = """
    sitecustomize usercustomize conftest numpy pandas sklearn torch keras joblib skops cloudpickle xgboost
    lightgbm matplotlib rich click starlette uvicorn wrapt platformdirs narwhals fitscribe_evil evil
""".split()


class Bomb:
    """Its pickle makes a folder when somebody loads it."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def write_raw(folder: Path, *events: dict[str, Any], writer: str = "w-evil-1-1-0") -> None:
    """Write a run's file as fitscribe never would; events without a time get one."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps({"time": 1.7e9 + place, **each}) for place, each in enumerate(events))
    (folder / f"{writer}.jsonl").write_text("".join(f"{line}\n" for line in lines))


def run_of(store: Store, run_id: str, *events: dict[str, Any], **header: Any) -> Path:
    """Write a finished run of some events; returns its folder."""
    head = {"event": "run", "id": run_id, "name": run_id, "experiment": "evil", "role": "training", **header}
    folder = store.run_folder(run_id)
    write_raw(
        folder,
        {"event": "writer", "format": 1, "host": "evil", "boot": None, "pidns": None, "pid": 1, "start": 1},
        head,
        *events,
        {"event": "end", "status": "finished", "error": None},
        {"event": "sealed"},
    )
    return folder


def model_event(path: str, model_format: str = "pickle", name: str = "model", **more: Any) -> dict[str, Any]:
    """The event of a model, unsigned unless told otherwise."""
    return {
        "event": "model",
        "name": name,
        "path": path,
        "format": model_format,
        "size": 1,
        "mac": None,
        "type": "evil.Model",
        **more,
    }


def artifact_event(path: str, name: str = "a", kind: str = "file", **more: Any) -> dict[str, Any]:
    """The event of an artifact that lies in a file."""
    return {"event": "artifact", "name": name, "path": path, "kind": kind, "size": 1, **more}


def payloads(mark: Path) -> dict[str, bytes]:
    """Files by name, each of which makes the folder `mark` where something loads it."""
    bomb = pickle.dumps(Bomb(mark))
    lambda_layer = {
        "class_name": "Sequential",
        "module": "keras",
        "config": {"layers": [{"class_name": "Lambda", "config": {"function": ["__lambda__", "4wE="]}}]},
    }
    schema = {
        "__class__": "mkdir",
        "__module__": "os",
        "__loader__": "FunctionNode",
        "protocol": 2,
        "content": {"function_path": "os.mkdir"},
    }
    return {
        "model.pkl": bomb,
        "model.joblib": bomb,
        "model.cloudpickle": bomb,
        "array.npy": npy_of_objects(bomb),
        "arrays.npz": zipped({"x.npy": npy_of_objects(bomb)}),
        "weights.pt": zipped({"archive/data.pkl": bomb, "archive/version": b"3"}),
        "model.keras": zipped({"config.json": json.dumps(lambda_layer).encode(), "metadata.json": b"{}"}),
        "model.skops": zipped({"schema.json": json.dumps(schema).encode()}),
        "model.h5": b"\x89HDF\r\n\x1a\n" + bomb,
        "model.onnx": bomb,
        "model.ubj": bomb,
        "model.safetensors": (2).to_bytes(8, "little") + b"{}" + bomb,
        "table.csv": b"=cmd|' /C calc'!A0,\"a\n" + bomb,
        "data.json": b'{"__reduce__": ["os.mkdir", "x"], "py/object": "os.mkdir"}',
        "config.yaml": b"!!python/object/apply:os.mkdir ['x']\n",
    }


def npy_of_objects(pickled: bytes) -> bytes:
    """A file of NumPy's whose items are objects, of which any pickle may come."""
    head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + pickled


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip file of some content."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


def lay_traps(folder: Path) -> None:
    """Put modules into a folder that somebody might be made to import from there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _TRAPS:
        (folder / f"{name}.py").write_text(_TRAP.format(name=name))
    for name in ("fitscribe_sklearn", "fitscribe_package"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text(_TRAP.format(name=name))
        (folder / name / "compat_matrix.yaml").write_text("frameworks: {}\n")
    distribution = folder / "fitscribe_evil-1.0.dist-info"
    distribution.mkdir(exist_ok=True)
    (distribution / "METADATA").write_text("Metadata-Version: 2.1\nName: fitscribe-evil\nVersion: 1.0\n")
    groups = ("integrations", "companions", "models")
    (distribution / "entry_points.txt").write_text(
        "".join(f"[fitscribe.{each}]\nevil = fitscribe_evil:MODELS\n" for each in groups)
    )
    (folder / "pyproject.toml").write_text('[tool.fitscribe]\nmodels = "pickle"\nimport = "evil"\n')
    (folder / "evil.pth").write_text("import os; os.mkdir(os.environ['FITSCRIBE_TRAPS'] + '/pth')\n")


def full_of_payloads(store: Store, mark: Path) -> list[str]:
    """Fill a store with runs whose files are payloads, under every name of a format; their ids."""
    files = payloads(mark)
    formats = """
        pickle joblib skops onnx keras/keras keras/keras-code torch/safetensors xgboost/ubj lightgbm/text
        evil/evil fitscribe_evil/x os/mkdir ../evil/x
    """.split()
    ids = []
    for place, model_format in enumerate(formats):
        run_id = f"payload{place}"
        facts = {"class": "os.mkdir", "functions": {"MODELS": "fitscribe_evil"}, "attributes": {"a": 1}}
        events = [artifact_event(f"artifacts/{name}", name) for name in files]
        events += [
            model_event(f"artifacts/{name}", model_format, name, native=facts, signature={"inputs": "x"})
            for name in files
        ]
        values = {
            "a": {"$subclass": ["fitscribe_evil.MODELS", {"x": 1}]},
            "b": {"$numpy": ["O", "gASVAAA="]},
            "c": {"$pickle": "gASVAAA="},
            "d": {"$repr": ["fitscribe_evil.MODELS", MARKUP]},
            "e": {"py/reduce": [{"py/function": "os.mkdir"}, [str(mark)]]},
            "f": {"$path": ["fitscribe_evil", "x"]},
        }
        folder = run_of(
            store,
            run_id,
            {"event": "params", "values": values, "changed": list(values)},
            {"event": "facts", "values": values},
            {"event": "tags", "values": values},
            *events,
            framework="fitscribe_evil",
            point="fitscribe_evil.MODELS",
            integration="fitscribe_evil",
            module="evil",
            loader="fitscribe_evil:MODELS",
            launch="launch",
        )
        lay_traps(folder / "artifacts")
        for name, content in files.items():
            (folder / "artifacts" / name).write_bytes(content)
        ids.append(run_id)
    launch = store.launch_folder("launch")
    launch.mkdir(parents=True)
    (launch / "launch.json").write_text(json.dumps({"source": {"kind": "module", "module": "evil"}}))
    (launch / "environment.json").write_text(json.dumps({"python": "evil", "distributions": {"evil": "1"}}))
    (launch / "script.txt").write_text("import os\nos.mkdir('x')\n")
    lay_traps(store.root)
    lay_traps(launch)
    return ids


# Every way to read, in a process that takes note of whatever could run something.
_WATCHING = """
import json, os, sys
noted = []
store, root = sys.argv[1], os.path.realpath(sys.argv[2])

def note(event, arguments):
    if event in ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn"):
        noted.append([event, repr(arguments)[:200]])
    elif event == "subprocess.Popen":
        noted.append([event, repr(arguments[1])[:200]])
    elif event in ("compile", "exec"):
        name = str(getattr(arguments[0], "co_filename", arguments[-1]))
        if name.startswith(root):
            noted.append([event, name])
"""


def watched(code: str, store: Store, folder: Path, traps: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process that works in the hostile folder; `noted` is what could run something.

    Args:
        code: after `store`, the path of the store, `root`, the folder, and `note`, the audit hook.
        store: the store.
        folder: the working directory; the script itself lies elsewhere.
        traps: where traps leave marks.
    """
    script = traps.parent / "watching.py"
    script.write_text(_WATCHING + code)
    environment = {**os.environ, "FITSCRIBE_TRAPS": str(traps)}
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [sys.executable, str(script), str(store.root), str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def hostile_bytes(text: str) -> list[str]:
    """What of a text would steer a terminal or hide in it, line ends and spaces left out."""
    return [each for each in text if not each.isprintable() and each != "\n"]


def special_files(folder: Path) -> Iterable[Path]:
    """Make what is no plain file: a pipe, a socket, links to a device, nothing, itself, and a folder."""
    import socket

    folder.mkdir(parents=True, exist_ok=True)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(folder)  # the name of a socket is short
        try:
            made.bind("socket")
        finally:
            os.chdir(here)
    (folder / "zero").symlink_to("/dev/zero")
    (folder / "dangling").symlink_to(folder / "nothing")
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "up").symlink_to(folder.parent, target_is_directory=True)
    return [folder / name for name in ("pipe", "socket", "zero", "dangling", "loop", "up")]
