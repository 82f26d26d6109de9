"""Pages about what is sent outside."""
