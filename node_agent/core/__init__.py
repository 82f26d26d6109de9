"""The decisions of the agent as pure functions: no clock, no files, no processes."""
