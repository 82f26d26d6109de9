"""Webhooks: make and change them, look at what was sent, send."""
