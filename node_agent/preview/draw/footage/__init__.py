"""Footage: finds files inside the job, decodes pictures and videos, and draws them."""
