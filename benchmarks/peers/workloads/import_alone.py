"""The import of each tool, no framework; with fitscribe, the one line as well."""


def describe():
    from benchmarks.model import Row, Workload
    from benchmarks.peers import PEERS

    return Workload(
        title="The import, and for fitscribe the one line; bare is `import wrapt`",
        rows=[
            Row("CPU", "cpu_s", "ms", "ratio", None, 1000),
            Row("wall", "wall_s", "ms", "ratio", None, 1000),
        ],
        tools=("bare", "fitscribe", *PEERS),
        repeats=15,
        warmups=2,
        notes=dict.fromkeys(PEERS, "`import` alone: nothing is recorded without calls"),
    )


def work(tool, clock):
    from benchmarks.tools import activate

    clock.start()
    if tool == "bare":
        import wrapt  # noqa: F401
    else:
        activate(tool)
    clock.stop()
