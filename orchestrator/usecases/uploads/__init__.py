"""Uploads in parts, and how much a tenant may store."""
