"""Scans of templates: the quick one from the file alone."""
