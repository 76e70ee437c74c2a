"""Steps of a hand-written PyTorch loop around a network as large as ResNet-18, and the memory of many."""

BLOCKS = 5
STEPS = 4
MANY_STEPS = 100_000


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="a hand-written PyTorch loop around a convolutional network of 11 million parameters",
        rows=[
            Row("CPU to bare, in turns within the process", "to_bare", "x", "value", 1.01),
            Row("CPU of the bare step", "bare_s", "ms", "value", None, 1000),
            Row(
                "growth of memory over 100,000 steps of a tiny model",
                "growth",
                "MiB",
                "value",
                None,
                1 / 2**20,
            ),
        ],
        tools=("bare", "fitscribe"),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    from statistics import median
    from time import process_time

    import psutil
    import torch
    from torch import nn

    from benchmarks.tools import activate, deactivate

    torch.set_num_threads(1)
    torch.manual_seed(0)

    def block(inputs, outputs, stride):
        """Two convolutions, as in ResNet-18, with its normalizations."""
        return nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )

    sizes = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1)]
    sizes += [(256, 512, 2), (512, 512, 1)]
    model = nn.Sequential(
        nn.Conv2d(3, 64, 3, 1, 1, bias=False),
        *(block(*size) for size in sizes),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, 10),
    )
    criterion = nn.CrossEntropyLoss()

    def trained(network, optimizer, steps, inputs, targets):
        """CPU seconds per step."""
        started = process_time()
        for _ in range(steps):
            optimizer.zero_grad()
            loss = criterion(network(inputs), targets)
            loss.backward()
            optimizer.step()
        return (process_time() - started) / steps

    images = (
        model,
        torch.optim.SGD(model.parameters(), lr=0.01),
        STEPS,
        torch.randn(8, 3, 32, 32),
        torch.arange(8),
    )
    small = nn.Linear(4, 2)
    numbers = torch.optim.SGD(small.parameters(), lr=0.01), torch.randn(8, 4), torch.arange(8) % 2
    clock.start()
    bare, with_tool = [], []
    for number in range(-1, BLOCKS):
        deactivate(tool)
        without = trained(*images)
        activate(tool)
        seconds = trained(*images)
        if number >= 0:
            bare.append(without)
            with_tool.append(seconds)
    trained(small, numbers[0], 5_000, *numbers[1:])
    before = psutil.Process().memory_info().rss
    trained(small, numbers[0], MANY_STEPS, *numbers[1:])
    growth = psutil.Process().memory_info().rss - before
    clock.stop()
    clock.report(
        to_bare=median(one / other for one, other in zip(with_tool, bare, strict=True)),
        bare_s=median(bare),
        growth=growth,
    )
