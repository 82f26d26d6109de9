"""Routes about what is sent outside."""
