"""Pure decisions: no clock, no randomness, no environment, no input or output."""
