"""Steps of a hand-written PyTorch loop around a tiny model: with the tool and without, in turns."""

BLOCKS = 12
STEPS = 250


def describe():
    from benchmarks.model import Row, Workload

    return Workload(
        title="a hand-written PyTorch loop, per step of an MLP of 8-16-3 on 32 samples",
        rows=[
            Row("CPU above bare, one batch over and over", "plain_s", "us", "value", 10, 1e6),
            Row("CPU above bare, batches of a DataLoader", "loader_s", "us", "value", None, 1e6),
            Row(
                "of it, two wrappers that pass and a hook, with nothing behind",
                "floor_s",
                "us",
                "value",
                None,
                1e6,
            ),
            Row("CPU of the bare step", "bare_s", "us", "value", None, 1e6),
            Row("CPU of the bare step with the DataLoader", "bare_loader_s", "us", "value", None, 1e6),
        ],
        tools=("bare", "fitscribe"),
        repeats=3,
        warmups=0,
    )


def work(tool, clock):
    from contextlib import contextmanager
    from statistics import median
    from time import process_time, time

    import torch
    import wrapt
    from torch import nn
    from torch.optim.optimizer import register_optimizer_step_post_hook
    from torch.utils.data import DataLoader, TensorDataset

    from benchmarks.tools import activate, deactivate

    torch.set_num_threads(1)
    torch.manual_seed(0)
    inputs, targets = torch.randn(32 * STEPS, 8), torch.randint(0, 3, (32 * STEPS,))
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=32)
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    batch = inputs[:32], targets[:32]

    def trained(batches):
        """CPU seconds per step."""
        started = process_time()
        for some, their_targets in batches:
            optimizer.zero_grad()
            loss = criterion(model(some), their_targets)
            loss.backward()
            optimizer.step()
        return (process_time() - started) / STEPS

    @contextmanager
    def hooks_alone():
        """What there has to be at least to see a loss and a step: the value is read, and kept."""
        noted = []

        def passing(wrapped, instance, args, kwargs):
            return wrapped(*args, **kwargs)

        def reading(wrapped, instance, args, kwargs):
            result = wrapped(*args, **kwargs)
            noted.append(args[0].item())
            return result

        criterion_of, backward = nn.functional.cross_entropy, torch.autograd.backward
        nn.functional.cross_entropy = wrapt.FunctionWrapper(criterion_of, passing)
        torch.autograd.backward = wrapt.FunctionWrapper(backward, reading)
        handle = register_optimizer_step_post_hook(lambda *args: noted.append(time()))
        try:
            yield
        finally:
            handle.remove()
            nn.functional.cross_entropy, torch.autograd.backward = criterion_of, backward

    clock.start()
    found = {"plain": [], "loader": []}
    bare = {"plain": [], "loader": []}
    floor = []
    for block in range(-2, BLOCKS):
        for name, batches in (("plain", [batch] * STEPS), ("loader", loader)):
            deactivate(tool)
            trained(batches)
            without = min(trained(batches) for _ in range(3))
            if name == "plain":
                with hooks_alone():
                    trained(batches)
                    floor.append(min(trained(batches) for _ in range(3)) - without)
            activate(tool)
            trained(batches)
            with_tool = min(trained(batches) for _ in range(3))
            if block >= 0:
                found[name].append(with_tool - without)
                bare[name].append(without)
    clock.stop()
    clock.report(
        plain_s=median(found["plain"]),
        loader_s=median(found["loader"]),
        floor_s=median(floor),
        bare_s=median(bare["plain"]),
        bare_loader_s=median(bare["loader"]),
    )
