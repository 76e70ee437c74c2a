"""The one line and scikit-learn together, against scikit-learn alone."""


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="the one line and `import sklearn.linear_model`, against the import alone",
        rows=[
            Row("CPU", "cpu_s", "ms", "difference", None, 1000),
            Row("wall", "wall_s", "ms", "difference", None, 1000),
        ],
        repeats=9,
    )


def work(tool, clock):
    from benchmarks.tools import activate

    clock.start()
    activate(tool)
    import sklearn.linear_model  # noqa: F401

    clock.stop()
