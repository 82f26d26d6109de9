"""One machine: leases work, drives After Effects and reports back."""

__version__ = "0.1.0"
