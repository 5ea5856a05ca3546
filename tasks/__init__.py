"""The review steps as Prefect tasks: one file a step."""
