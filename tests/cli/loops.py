"""Training loops as their integrations write them, and the parts of the page that shows one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from .conftest import START, Builder

MODEL: dict[str, Any] = {
    "name": "model",
    "class": "nets.Net",
    "wrappers": ["DistributedDataParallel"],
    "parameters": 900,
    "trainable": 850,
    "compiled": True,
    "buffers": 7,
    "parts": [
        {
            "name": "blocks",
            "class": "ModuleList",
            "parts": [
                {
                    "name": "0-3",
                    "times": 4,
                    "class": "nets.Block",
                    "parts": [
                        {"name": "fc", "class": "Linear", "settings": "10, 20", "parameters": 200},
                        {"name": "act", "class": "ReLU"},
                    ],
                }
            ],
        },
        {"name": "head", "class": "Linear", "settings": "bias=False", "parameters": 100},
        {"name": "tied", "class": "Linear", "shared": "head"},
    ],
}
MODULES = {
    "parameters": 900,
    "trainable": 850,
    "dtypes": {"float32": 900},
    "devices": {"cpu": 800, "cuda:0": 100},
    "compiled": True,
    "modules": [MODEL],
}
BATCH = {
    "container": "dict",
    "batch_size": 32,
    "fields": [
        {"name": "ids", "type": "int64", "shape": [None, 128]},
        {"name": "boxes[0-31]", "type": "float32", "shape": [5, 4]},
        {"name": "path", "type": "str"},
    ],
}


def training_loop(
    build: Builder, *, ended: bool = True, events: Any = (), run_id: str = "aaaaaa111111", **header: Any
) -> None:
    """A run of four epochs of three steps each, as the integration of PyTorch writes it."""
    run = build.run(run_id, "Net", status=None, **header)
    run.point("epoch", 1.0, 1)
    run.point("lr", 0.1, 1)
    for step in range(1, 13):
        if step % 3 == 1 and step > 1:
            run.point("epoch", float((step + 2) // 3), step)
        run.point("train/loss", 8.0 / step, step)
        if step % 3 == 0:
            run.point("train/loss[epoch]", 24.0 / step, step)
            run.point("train/samples_per_s", 1000.0 + step, step)
            run.point("lr", 0.1 / step, step)
            run.point("valid/loss", abs(step - 8) / 4, step)
            run.point("valid/accuracy", step / 16, step)
    for kind, fields in events:
        run.event(kind, **fields)
    if ended:
        run.event("facts", values={"epochs": 4})
        run.event("facts", values={"steps": 12})
        build.clock.now += 2
        run.event("end", status="finished", error=None)
    run.close()


def record(name: str, kind: str, data: Any) -> tuple[str, dict[str, Any]]:
    return "artifact", {"name": name, "kind": kind, "data": data}


def section(page: str, title: str) -> str:
    """The lines below a heading."""
    found = page.partition(f"\n{title}")[2]
    assert found, f"no {title} in\n{page}"
    return found.partition("\n")[2].partition("\n\n")[0].rstrip("\n")


def rows(text: str) -> list[list[str]]:
    """The cells of a table."""
    return [re.split("  +", line.strip()) for line in text.splitlines()]


def deep(levels: int, beside: int) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for _ in range(levels):
        parts = [
            {
                "name": f"p{number}",
                "class": "Linear",
                "parameters": number,
                "parts": parts if number == 0 else [],
            }
            for number in range(beside)
        ]
    return parts


def checkpoint(path: str, **more: Any) -> tuple[str, dict[str, Any]]:
    data = {"path": path, "by": "torch.save", "saves": 1, "first_step": 3, "step": 3, "time": START, **more}
    return record(f"checkpoint/{path}", "checkpoint", data)


def write_launch(store: Path, folder: Path, host: str) -> None:
    (store / "launches" / "launch").mkdir(parents=True)
    source = {"kind": "script", "folder": str(folder)}
    document = {"id": "launch", "started": START, "host": host, "source": source}
    (store / "launches" / "launch" / "launch.json").write_text(json.dumps(document))


STATE = {"type": "state_dict", "tensors": 4, "elements": 1768}
HOLDS = {"type": "dict", "keys": {"model": STATE, "optimizer": {"type": "optimizer state"}, "epoch": 3}}

FURTHER = {
    "saves": 40,
    "why": "too many",
    "first": {"path": "a.pt", "step": 1},
    "last": {"path": "b.pt", "step": 9},
}
