"""Text layers: fonts, bidirectional order, shaping, lines and outlines."""
