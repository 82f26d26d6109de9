"""Rows of the identity schema: tenants' API keys; and what proves who a node is."""
