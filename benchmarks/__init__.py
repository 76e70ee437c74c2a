"""What fitscribe costs, measured against the same code bare and under MLflow: `python -m benchmarks`."""
