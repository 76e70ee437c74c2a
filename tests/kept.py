"""What integrations keep of a training as data, as examples for whoever reads it."""

from __future__ import annotations

STRUCTURE = {
    "steps": [
        {"path": "", "name": "Pipeline", "parent": None, "params": {}, "seconds": 1.5},
        {
            "path": "scale",
            "name": "StandardScaler",
            "parent": "",
            "params": {"with_mean": False},
            "seconds": 0.0042,
            "shape": [120, 4],
            "columns": list("abcdef"),
        },
        {"path": "svc", "name": "SVC", "parent": "", "params": {}, "seconds": None},
    ]
}
LEARNING = {
    "x_name": "rows",
    "x": [10, 100],
    "series": {"train": {"mean": [1.0, 0.95], "std": [0.0, 0.01]}, "valid": {"mean": [0.5, 0.875]}},
}
