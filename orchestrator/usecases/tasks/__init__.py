"""Tasks: planned, claimed, reported on, ended, brought back."""
