"""Template projects: make them, list them, give them their bundle."""
