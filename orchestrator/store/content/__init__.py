"""Rows of the content schema: template projects, and the bundles that they point at."""
