"""The demo template: the scripts that make it, and what they made."""
