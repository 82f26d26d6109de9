"""Shape layers: paths, operators, fills and strokes."""
