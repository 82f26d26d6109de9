"""Tenants: look, make, suspend, limit."""
