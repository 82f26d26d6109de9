"""Agents: enrol, register, send a sign of life."""
