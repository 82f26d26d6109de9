"""Decisions about what an editor reviews: scans against rows, and what a person edited."""
