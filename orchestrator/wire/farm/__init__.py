"""Messages about the farm as a whole."""
