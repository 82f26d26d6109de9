"""Who calls: an API key, a person at the pages, a node."""
