"""Rows of the file_mgr schema: files that clients sent."""
