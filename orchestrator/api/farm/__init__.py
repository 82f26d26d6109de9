"""Handlers of the farm itself: node agents, and nodes as admins see them."""
