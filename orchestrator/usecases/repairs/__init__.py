"""Repairs of split jobs: bad frames made again, for what validation found or a person asked."""
