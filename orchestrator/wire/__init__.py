"""The contract: every message between client, server and agent, and what both must read alike."""
