"""Nodes as admins handle them: list, enrol, drain, resume, quarantine."""
