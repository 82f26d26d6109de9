"""Evaluates After Effects expressions in a JavaScript engine that can reach nothing else."""
