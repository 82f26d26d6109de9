"""Everything that leaves the node: the signed client, the outbox, logs, health, outputs."""
