"""API keys of tenants: make, check, list, revoke."""
