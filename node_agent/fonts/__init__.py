"""Fonts that tasks bring: installed for the engine before it starts."""
