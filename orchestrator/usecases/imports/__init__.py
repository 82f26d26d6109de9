"""Merge a scan into a project's rows: show the difference, then do what was reviewed."""
