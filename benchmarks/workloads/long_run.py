"""Two hours' worth of steps: what has grown between the first tenth of them and the last."""

# At 36 milliseconds per step, a second per fit, a millisecond per value that is logged.
STEPS = 200_000
FITS = 7_200
POINTS = 7_200_000


def describe():
    from benchmarks.model import Row, Workload

    rows = []
    for kind, what in (
        ("steps", f"{STEPS:,} steps of a hand-written PyTorch loop"),
        ("fits", f"{FITS:,} fits of LogisticRegression in a loop"),
        ("points", f"{POINTS:,} values by log_metric"),
    ):
        rows += [
            Row(f"{what}: memory that has come since a tenth of them", f"{kind}_mib", "MiB", "difference", 8),
            Row("open files that have come since", f"{kind}_files", "", "difference", 2),
            Row("threads that have come since", f"{kind}_threads", "", "difference", 1),
        ]
    return Workload(
        title="two hours' worth of steps",
        rows=rows,
        tools=("bare", "fitscribe"),
        repeats=1,
        warmups=0,
    )


def work(tool, clock):
    import gc

    import psutil
    import torch
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from torch import nn

    from benchmarks.tools import activate

    activate(tool)
    clock.start()
    process = psutil.Process()

    def seen():
        gc.collect()
        return process.memory_info().rss / 2**20, process.num_fds(), process.num_threads()

    def grown(kind, count, do):
        """Do something that often, in tenths, and report what has come between the first and the last."""
        for number in range(count // 10):
            do(number)
        before = seen()
        for number in range(count // 10, count):
            do(number)
        names = (f"{kind}_mib", f"{kind}_files", f"{kind}_threads")
        clock.report(**{name: now - then for name, then, now in zip(names, before, seen(), strict=True)})

    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.01)
    inputs, targets = torch.randn(32, 8), torch.randint(0, 3, (32,))

    def step(number):
        optimizer.zero_grad()
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.step()

    grown("steps", STEPS, step)
    features, labels = load_iris(return_X_y=True)
    grown(
        "fits", FITS, lambda number: LogisticRegression(C=1 + number, max_iter=5, tol=1).fit(features, labels)
    )
    if tool == "fitscribe":
        import fitscribe

        with fitscribe.start_run() as run:
            grown("points", POINTS, lambda number: run.log_metric("value", 0.5, number))
    else:
        grown("points", POINTS, lambda number: None)
