"""A hand-written PyTorch loop of a tiny model: the loss of each step, and the weights at the end."""

STEPS = 500
BLOCKS = {"bare": 8, "fitscribe": 8}
OTHERS = 1  # seconds each


def describe():
    from benchmarks.model import Workload
    from benchmarks.peers import PEERS
    from benchmarks.peers.turns import turns_rows

    return Workload(
        title=f"a hand-written PyTorch loop, {STEPS} steps of an MLP of 8-16-3 on 32 samples",
        rows=turns_rows(1e6, "us", "per step, a run and its model for each training"),
        tools=("bare", "fitscribe", *PEERS),
        repeats=3,
        warmups=0,
        notes={
            "wandb": "`init` with `lr`; `log` of the loss at each step; `torch.save` and `log_model`. "
            "Lacks the module and its sizes, the optimizer's other settings, the learning rate "
            "of each step",
            "dvclive": "`Live`; `log_param`; `log_metric` of the loss and `next_step` at each step; "
            "`torch.save`. Lacks the same",
            "trackio": "`init` with `lr`; `log` of the loss at each step; `torch.save` and `log_artifact`; "
            "`finish`. Lacks the same",
        },
    )


def work(tool, clock):
    import torch
    from torch import nn

    from benchmarks.peers.turns import in_turns

    torch.set_num_threads(1)
    torch.manual_seed(0)
    inputs, targets = torch.randn(32, 8), torch.randint(0, 3, (32,))

    def train(log=None):
        model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
        criterion = nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
            if log is not None:
                log(loss.item())
        return model

    def wandb_run():
        import wandb

        with wandb.init(project="benchmark", config={"lr": 0.01}) as run:
            model = train(lambda loss: run.log({"loss": loss}))
            torch.save(model.state_dict(), "model.pt")
            run.log_model("model.pt", name="model")

    def dvclive_run():
        from dvclive import Live

        with Live(save_dvc_exp=False) as live:

            def log(loss):
                live.log_metric("loss", loss)
                live.next_step()

            live.log_param("lr", 0.01)
            torch.save(train(log).state_dict(), "model.pt")

    def trackio_run():
        import trackio

        trackio.init(project="benchmark", config={"lr": 0.01})
        model = train(lambda loss: trackio.log({"loss": loss}))
        torch.save(model.state_dict(), "model.pt")
        trackio.log_artifact("model.pt", name="model", type="model")
        trackio.finish()

    by_hand = {"wandb": wandb_run, "dvclive": dvclive_run, "trackio": trackio_run}
    blocks = BLOCKS.get(tool, OTHERS)
    in_turns(tool, clock, "train()", {"train": train}, by_hand, blocks=blocks, parts=STEPS)
