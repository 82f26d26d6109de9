"""What one can tell of frames by looking at them: whole files, black ones, ones that repeat."""
