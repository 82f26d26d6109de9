"""Fonts of tenants and bundles."""
