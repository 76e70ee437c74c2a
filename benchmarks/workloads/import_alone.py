"""The one line where no framework is imported, against `import wrapt`, the heaviest part of it."""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="`import fitscribe; fitscribe.autolog()`, no framework; bare is `import wrapt`",
        rows=[
            Row("CPU", "cpu_s", "ms", "ratio", 1.3, 1000),
            Row("wall", "wall_s", "ms", "ratio", None, 1000),
            Row("frameworks or NumPy imported", "imported", "", "value", 0),
        ],
        repeats=15,
        warmups=2,
    )


def work(tool, clock):
    from benchmarks.tools import activate

    clock.start()
    if tool == "bare":
        import wrapt  # noqa: F401
    else:
        activate(tool)
    clock.stop()
    import sys

    heavy = ("numpy", "pandas", "scipy", "sklearn", "torch", "tensorflow", "xgboost", "lightgbm")
    clock.report(imported=sum(name in sys.modules for name in heavy))
