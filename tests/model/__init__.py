"""The lease protocol as a model, explored state by state."""
