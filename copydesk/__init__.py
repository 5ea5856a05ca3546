"""What a review is: posts, checks, reports, the workflow file, the monitor. Imports neither Prefect nor motor."""

__version__ = "0.1.0"
