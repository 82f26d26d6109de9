"""What a template's expressions do and name: read as text, never run."""
