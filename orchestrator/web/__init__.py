"""The farm's pages: drawn on the server, live by server-sent events, in Persian and English."""
