"""The whole farm at a glance, for its own people."""
