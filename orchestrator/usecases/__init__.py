"""What the server does for its callers: a folder per noun, a file per verb."""
