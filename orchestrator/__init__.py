"""The server: keeps every job in PostgreSQL and serves the HTTP API."""
