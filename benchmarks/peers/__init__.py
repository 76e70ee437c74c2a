"""Other trackers, by the calls that their own documentation shows: `python -m benchmarks --peers`."""

PACKAGE = "benchmarks.peers.workloads"
PEERS = {"wandb": "W&B offline", "dvclive": "DVCLive", "trackio": "Trackio"}
# What fitscribe records of every training and these scripts do not: said once, beneath the table.
LACKS = {
    "wandb": "the data with its hash, the signature of the model, the lineage",
    "dvclive": "what W&B lacks, and the environment, status and time of the run; outside of a DVC "
    "repository, as here, the model as well, and there is one run, which the next one overwrites",
    "trackio": "what W&B lacks, and the packages, the state of the code and the status of the run",
}
