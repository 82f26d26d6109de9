"""Jobs: their moves with events and outbox, cancel, retry, progress."""
