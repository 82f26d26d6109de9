"""The server: keeps every job in PostgreSQL and serves the HTTP API."""

__version__ = "0.1.0"
