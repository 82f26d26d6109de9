"""Mixes a comp's own sound: audio layers, their levels and nested comps."""
