"""The stream of a job's events."""
