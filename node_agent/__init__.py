"""One machine: leases work, drives After Effects and reports back."""
