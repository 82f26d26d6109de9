"""The `flatrender` command."""
