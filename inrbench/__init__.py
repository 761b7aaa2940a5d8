"""A benchmarking and reproducibility suite for implicit neural representations in CT."""

__version__ = "0.1.0"
