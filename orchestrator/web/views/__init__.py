"""What each page shows and does: thin, over the same use cases as the API."""
