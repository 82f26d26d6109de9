"""Serve many calls by one statement: what waits while a batch is under way is the next batch."""
